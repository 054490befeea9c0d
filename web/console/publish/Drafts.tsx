import { Alert, App, Button, Checkbox, Input, Popconfirm, Tag } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { ApiError } from "../../shared/http";
import { randomId } from "../../shared/ids";
import type { ConsoleApi } from "../api";
import { Diff } from "../parts/Diff";
import { differ } from "../parts/differ";
import { Shown } from "../parts/Shown";
import type { FullArticle, PendingDraft } from "../types";
import { errorText, go, timeText, useConsole, useLoad } from "../tools";

interface Waiting {
  draft: PendingDraft;
  published: FullArticle | null;
}

/** What waits to be published, with what it changes. */
export function Drafts(): ReactNode {
  const { api, t, lang } = useConsole();
  const { message } = App.useApp();
  const load = useLoad(useCallback((signal: AbortSignal) => waiting(api, signal), [api]));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [key, setKey] = useState(() => randomId("p_"));
  const ready = (load.data ?? []).filter(({ draft }) => !draft.stale);
  const chosen = ready.map(({ draft }) => draft.article.id).filter((id) => !left.has(id));

  const attempt = async (work: () => Promise<string>) => {
    setBusy(true);
    setError("");
    try {
      void message.success(await work());
      load.reload();
    } catch (cause) {
      setError(errorText(cause));
    }
    setKey(randomId("p_"));
    setBusy(false);
  };
  const publish = () => attempt(async () => {
    const { revision } = await api.versions.publish(chosen, note.trim(), key);
    setNote("");
    return t("published_n", { n: revision.put + revision.deleted, revision: revision.number });
  });
  const discard = (id: string) => attempt(async () => {
    await api.versions.discard(id);
    return t("draft_discarded");
  });
  return (
    <>
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} style={{ marginBottom: 12 }} />}
      <Shown load={load} empty={(list) => (list.length === 0 ? t("drafts_none") : null)}>
        {(list) => (
          <>
            <div className="bar sticky">
              <Checkbox checked={chosen.length === ready.length && ready.length > 0} indeterminate={chosen.length > 0 && chosen.length < ready.length} onChange={(event) => setLeft(event.target.checked ? new Set() : new Set(ready.map(({ draft }) => draft.article.id)))}>{t("chosen_of", { n: chosen.length, all: list.length })}</Checkbox>
              <Input className="note" value={note} maxLength={200} placeholder={t("publish_note")} aria-label={t("publish_note")} onChange={(event) => setNote(event.target.value)} />
              <span className="grow" />
              <Button onClick={() => go("publish", "compare")}>{t("compare_first")}</Button>
              <Button type="primary" data-action="publish" disabled={chosen.length === 0} loading={busy} onClick={() => void publish()}>{t("publish_n", { n: chosen.length })}</Button>
            </div>
            <ul className="drafts">
              {list.map(({ draft, published }) => {
                const { id, question } = draft.article;
                return (
                  <li key={id} className="panel">
                    <div className="panel-head">
                      <Checkbox disabled={draft.stale} checked={!draft.stale && !left.has(id)} aria-label={question} onChange={(event) => setLeft((before) => new Set(event.target.checked ? [...before].filter((one) => one !== id) : [...before, id]))} />
                      <button type="button" className="plain" onClick={() => go("articles", id)}>{question}</button>
                      <Tag color={draft.remove ? "red" : draft.new ? "green" : "blue"}>{t(draft.remove ? "kind_remove" : draft.new ? "kind_new" : "kind_change")}</Tag>
                      {draft.stale && <Tag color="orange">{t("kind_stale")}</Tag>}
                      <span className="grow" />
                      <span className="hint">{draft.author} · {timeText(draft.at, lang)}</span>
                      <Popconfirm title={t("draft_discard_sure")} okText={t("draft_discard")} cancelText={t("cancel")} onConfirm={() => void discard(id)}><Button size="small" type="text" disabled={busy}>{t("draft_discard")}</Button></Popconfirm>
                    </div>
                    {draft.stale && <p className="hint">{t("stale_hint")}</p>}
                    {draft.remove ? <del className="removal">{published?.answer ?? draft.article.answer}</del> : <Diff fields={differ(published, draft.article)} />}
                  </li>
                );
              })}
            </ul>
          </>
        )}
      </Shown>
    </>
  );
}

async function waiting(api: ConsoleApi, signal: AbortSignal): Promise<Waiting[]> {
  const drafts = await api.versions.drafts(signal);
  return Promise.all(drafts.map(async (draft) => ({ draft, published: draft.new ? null : await published(api, draft.article.id, signal) })));
}

async function published(api: ConsoleApi, id: string, signal: AbortSignal): Promise<FullArticle | null> {
  try {
    return await api.article(id, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null; // deleted after the draft was made
    throw error;
  }
}
