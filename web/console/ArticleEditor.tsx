import { Alert, App, AutoComplete, Button, Drawer, Form, Input, Popconfirm, Space } from "antd";
import { type ReactNode, useState } from "react";
import { ApiError } from "../shared/http";
import { randomId } from "../shared/ids";
import { RichText } from "../shared/react/RichText";
import type { Article } from "../shared/types";
import { type ArticleForm, draftOf, formOf } from "./draft";
import { errorText, useConsole } from "./tools";

/** The form of one article, with the answer as customers see it. */
export function ArticleEditor({ article, categories, onClose }: { article: Article | null; categories: string[]; onClose: (changed: boolean) => void }): ReactNode {
  const { api, t } = useConsole();
  const { message } = App.useApp();
  const [form] = Form.useForm<ArticleForm>();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [key] = useState(() => randomId("a_"));
  const answer = Form.useWatch("answer", form) ?? article?.answer ?? "";

  const attempt = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    setError("");
    try {
      await work();
      void message.success(done);
      onClose(true);
    } catch (cause) {
      setError(cause instanceof ApiError && cause.status === 412 ? t("changed") : errorText(cause));
      setBusy(false);
    }
  };
  const save = (values: ArticleForm) => attempt(() => (article ? api.update(article, draftOf(values)) : api.create(draftOf(values), key)), t("saved"));
  return (
    <Drawer
      open
      onClose={() => onClose(false)}
      size={Math.min(720, window.innerWidth)}
      title={t(article ? "edit_title" : "create")}
      mask={{ closable: false }}
      extra={
        <Space>
          {article && (
            <Popconfirm title={t("remove")} description={t("remove_sure")} okText={t("remove")} cancelText={t("cancel")} okButtonProps={{ danger: true }} onConfirm={() => void attempt(() => api.remove(article), t("removed"))}>
              <Button danger type="text" disabled={busy}>{t("remove")}</Button>
            </Popconfirm>
          )}
          <Button type="primary" loading={busy} onClick={() => form.submit()}>{t("save")}</Button>
        </Space>
      }
    >
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} style={{ marginBottom: 16 }} />}
      <Form form={form} layout="vertical" requiredMark={false} initialValues={formOf(article)} onFinish={(values: ArticleForm) => void save(values)}>
        <Form.Item name="question" label={t("question")} rules={[{ required: true, whitespace: true, message: t("question_needed") }]}>
          <Input maxLength={200} showCount />
        </Form.Item>
        <Form.Item name="similar" label={t("similar")} extra={t("similar_hint")}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} />
        </Form.Item>
        <Form.Item name="answer" label={t("answer")} extra={t("answer_hint")} rules={[{ required: true, whitespace: true, message: t("answer_needed") }]}>
          <Input.TextArea autoSize={{ minRows: 5, maxRows: 16 }} maxLength={8000} />
        </Form.Item>
        {answer.trim() !== "" && (
          <div className="preview"><div className="caption">{t("preview")}</div><div className="bubble"><RichText text={answer} markdown /></div></div>
        )}
        <Form.Item name="category" label={t("category")}>
          <AutoComplete options={categories.map((name) => ({ value: name }))} style={{ maxWidth: 240 }} />
        </Form.Item>
        <Form.Item label={t("validity")} extra={t("validity_hint")}>
          <Space wrap>
            <Form.Item name="from" noStyle><Input type="datetime-local" aria-label={`${t("validity")} ≥`} /></Form.Item>
            <span>—</span>
            <Form.Item name="until" noStyle><Input type="datetime-local" aria-label={`${t("validity")} <`} /></Form.Item>
          </Space>
        </Form.Item>
      </Form>
    </Drawer>
  );
}
