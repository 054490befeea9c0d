import { DeleteOutlined, EditOutlined, PlusOutlined } from "@ant-design/icons";
import { Alert, Button, Drawer, Empty, Form, Input, Popconfirm, Tag } from "antd";
import { type ReactNode, useState } from "react";
import { useDesk, useDeskState, useQuick } from "./hooks";
import type { QuickReply, QuickWords } from "./quick";
import { QuickText } from "./QuickList";

type Fields = Pick<QuickWords, "title" | "text" | "folder" | "shortcut">;

/** One's own quick replies, and the team's for who leads it: add, change, remove. */
export function QuickManage({ id, onClose }: { id: string; onClose: () => void }): ReactNode {
  const { quick, t } = useDesk();
  const shelf = useQuick().get(id);
  const [editing, setEditing] = useState<QuickReply | "new" | null>(null);
  const editable = (shelf?.list ?? []).filter((reply) => reply.editable);
  const folders = [...new Set(editable.map((reply) => reply.folder ?? ""))].sort();
  return (
    <Drawer open title={t("quick_manage")} size={Math.min(460, window.innerWidth)} onClose={onClose} className="quick-manage">
      {editing ? (
        <QuickForm key={editing === "new" ? "new" : editing.id} id={id} reply={editing === "new" ? null : editing} onDone={() => setEditing(null)} />
      ) : (
        <>
          <Button block type="dashed" icon={<PlusOutlined />} onClick={() => setEditing("new")} data-action="quick-add">{t("quick_add")}</Button>
          {shelf?.phase === "error" && <Alert type="error" title={shelf.error} />}
          {editable.length === 0 && shelf?.phase === "ready" && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("quick_own_empty")} />}
          {folders.map((folder) => (
            <section key={folder}>
              {folder !== "" && <h3>{folder}</h3>}
              <ul>
                {editable.filter((reply) => (reply.folder ?? "") === folder).map((reply) => (
                  <li key={reply.id}>
                    <div className="line">
                      <b>{reply.title}</b>
                      {reply.shortcut && <kbd>/{reply.shortcut}</kbd>}
                      {reply.scope !== "agent" && <Tag>{t(`quick_${reply.scope}`)}</Tag>}
                      <span className="grow" />
                      <Button size="small" type="text" aria-label={t("quick_edit", { title: reply.title })} icon={<EditOutlined />} onClick={() => setEditing(reply)} />
                      <Popconfirm title={t("quick_delete_sure")} okText={t("discard")} cancelText={t("quick_cancel")} onConfirm={() => void quick.remove(id, reply.id)}>
                        <Button size="small" type="text" danger aria-label={t("quick_delete", { title: reply.title })} icon={<DeleteOutlined />} />
                      </Popconfirm>
                    </div>
                    <p className="words"><QuickText text={reply.text} /></p>
                    <p className="hint">{t("quick_uses", { n: reply.uses })}</p>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </>
      )}
    </Drawer>
  );
}

function QuickForm({ id, reply, onDone }: { id: string; reply: QuickReply | null; onDone: () => void }): ReactNode {
  const { quick, t } = useDesk();
  const me = useDeskState().agent?.id ?? "";
  const [problem, setProblem] = useState("");
  const [saving, setSaving] = useState(false);
  const save = async (fields: Fields) => {
    setSaving(true);
    setProblem("");
    const place = reply ? { scope: reply.scope, owner: reply.owner, attachments: reply.attachments, place: reply.place, version: reply.version } : { scope: "agent" as const, owner: me };
    try {
      await quick.save(id, { ...clean({ ...place, ...fields }) }, reply?.id);
      onDone();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setSaving(false);
    }
  };
  return (
    <Form<Fields> layout="vertical" initialValues={reply ?? {}} onFinish={(fields) => void save(fields)} requiredMark="optional">
      {problem !== "" && <Alert type="error" title={problem} role="alert" />}
      <Form.Item name="title" label={t("quick_title")} rules={[{ required: true, whitespace: true, message: t("quick_title_needed") }]}><Input maxLength={60} autoFocus /></Form.Item>
      <Form.Item name="text" label={t("quick_text")} extra={t("quick_text_help")} rules={[{ required: true, whitespace: true, message: t("quick_text_needed") }]}><Input.TextArea maxLength={2000} showCount autoSize={{ minRows: 4, maxRows: 12 }} /></Form.Item>
      <div className="pair">
        <Form.Item name="shortcut" label={t("quick_shortcut")}><Input maxLength={20} prefix="/" /></Form.Item>
        <Form.Item name="folder" label={t("quick_folder")}><Input maxLength={60} /></Form.Item>
      </div>
      <div className="buttons"><Button onClick={onDone}>{t("quick_cancel")}</Button><Button type="primary" htmlType="submit" loading={saving}>{t("quick_save")}</Button></div>
    </Form>
  );
}

/** Leaves out what is not set: the server takes missing fields, not empty ones of another type. */
function clean(words: { [K in keyof QuickWords]: QuickWords[K] | undefined }): QuickWords {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined)) as unknown as QuickWords;
}
