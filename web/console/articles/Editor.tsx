import { HistoryOutlined } from "@ant-design/icons";
import { Alert, App, Button, Drawer, Popconfirm, Result, Skeleton, Space } from "antd";
import { type ReactNode, useCallback, useRef, useState } from "react";
import { ApiError } from "../../shared/http";
import { randomId } from "../../shared/ids";
import type { FullArticle, PendingDraft } from "../types";
import { errorText, timeText, useConsole, useLoad } from "../tools";
import { type ArticleForm, bodyOf, formOf } from "./draft";
import { Fields } from "./Fields";
import { History } from "./History";

interface EditorProps {
  /** The article's id, "" for a new one. */
  id: string;
  /** What a new article begins with. */
  start: Partial<FullArticle> | null;
  categories: readonly string[];
  onClose: (changed: boolean) => void;
}

interface Found {
  published: FullArticle | null;
  draft: PendingDraft | null;
}

/** One article: reads it and its draft, then shows the form. */
export function Editor({ id, start, categories, onClose }: EditorProps): ReactNode {
  const { api, t } = useConsole();
  const read = useCallback(async (signal: AbortSignal): Promise<Found> => {
    if (id === "") return { published: null, draft: null };
    const draft = (await api.versions.drafts(signal)).find((one) => one.article.id === id) ?? null;
    return { published: draft?.new ? null : await api.article(id, signal), draft };
  }, [api, id]);
  const load = useLoad(read);
  if (load.data) {
    return (
      <Form
        key={`${load.data.published?.version ?? 0}/${load.data.draft?.at ?? ""}`}
        id={id} found={load.data} start={start} categories={categories} onClose={onClose} onRead={load.reload}
      />
    );
  }
  return (
    <Drawer open onClose={() => onClose(false)} size={Math.min(1080, window.innerWidth)} title={t("edit_title")}>
      {load.error ? <Result status="warning" title={t("not_read")} subTitle={load.error} extra={<Button type="primary" onClick={load.reload}>{t("again")}</Button>} /> : <Skeleton active />}
    </Drawer>
  );
}

interface FormProps extends EditorProps {
  found: Found;
  onRead: () => void;
}

function Form({ id, found, start, categories, onClose, onRead }: FormProps): ReactNode {
  const { api, t, lang } = useConsole();
  const { message } = App.useApp();
  const { published, draft } = found;
  const [form, setForm] = useState<ArticleForm>(() => formOf(draft && !draft.remove ? draft.article : (published ?? start)));
  const [begun] = useState(() => JSON.stringify(form));
  const [error, setError] = useState("");
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState("");
  const [past, setPast] = useState(false);
  const saved = useRef({ id, text: "", key: "" }); // the key belongs to one text: a changed one is another request
  const base = published?.version ?? 0;

  const attempt = async (what: string, work: () => Promise<unknown>, done: string) => {
    setBusy(what);
    setError("");
    try {
      await work();
      void message.success(done);
      onClose(true);
    } catch (cause) {
      setError(cause instanceof ApiError && (cause.status === 412 || cause.status === 409) ? `${t("article_changed")} ${errorText(cause)}` : errorText(cause));
      setBusy("");
    }
  };
  const keep = async (): Promise<string> => {
    const text = JSON.stringify(form);
    if (text !== saved.current.text) saved.current = { ...saved.current, text, key: randomId("a_") };
    saved.current.id = (await api.versions.saveDraft(saved.current.id, bodyOf(form), base, saved.current.key)).article.id;
    return saved.current.id;
  };
  const save = (publish: boolean) => {
    const lacking = form.question.trim() === "" || form.answer.trim() === "";
    setMissing(lacking);
    if (lacking) return setError(t(form.question.trim() === "" ? "question_needed" : "answer_needed"));
    if (!publish) return void attempt("draft", keep, t("draft_saved"));
    void attempt("publish", async () => api.versions.publish([await keep()], "", randomId("p_")), t("article_published"));
  };
  return (
    <Drawer
      open
      onClose={() => onClose(false)}
      size={Math.min(1080, window.innerWidth)}
      title={t(id === "" ? "create" : "edit_title")}
      mask={{ closable: JSON.stringify(form) === begun }}
      className="editor"
      footer={(
        <div className="editor-foot">
          {published && (
            <Popconfirm title={t("remove")} description={t("article_remove_sure")} okText={t("remove")} cancelText={t("cancel")} okButtonProps={{ danger: true }} onConfirm={() => void attempt("remove", () => api.remove(published), t("removed"))}>
              <Button danger type="text" disabled={busy !== ""} data-action="remove">{t("remove")}</Button>
            </Popconfirm>
          )}
          <span className="grow" />
          <Space>
            <Button data-action="draft" loading={busy === "draft"} disabled={busy !== ""} onClick={() => save(false)}>{t("save_draft")}</Button>
            <Button type="primary" data-action="publish" loading={busy === "publish"} disabled={busy !== ""} onClick={() => save(true)}>{t("publish_now")}</Button>
          </Space>
        </div>
      )}
      extra={published && <Button type="text" icon={<HistoryOutlined />} data-action="history" onClick={() => setPast(true)}>{t("history")}</Button>}
    >
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} style={{ marginBottom: 16 }} />}
      {draft && (
        <Alert
          type={draft.stale ? "warning" : "info"} showIcon style={{ marginBottom: 16 }}
          title={t(draft.remove ? "draft_removes" : draft.stale ? "draft_stale" : "draft_here", { author: draft.author ?? "", at: timeText(draft.at, lang) })}
          action={<Button size="small" disabled={busy !== ""} onClick={() => void attempt("discard", () => api.versions.discard(draft.article.id), t("draft_discarded"))}>{t("draft_discard")}</Button>}
        />
      )}
      <Fields form={form} onChange={setForm} categories={categories} missing={missing} />
      {past && published && (
        <History
          article={published}
          onClose={(restored) => {
            setPast(false);
            if (restored) onRead();
          }}
        />
      )}
    </Drawer>
  );
}
