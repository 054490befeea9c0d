import { Alert, App, Button, Drawer, Popconfirm } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { Diff } from "../parts/Diff";
import { differ } from "../parts/differ";
import { Shown } from "../parts/Shown";
import type { Edition, FullArticle } from "../types";
import { errorText, timeText, useConsole, useLoad } from "../tools";
import { bodyOf, formOf } from "./draft";

/** The editions of an article, each with what it changed; one can come back as a draft. */
export function History({ article, onClose }: { article: FullArticle; onClose: (restored: boolean) => void }): ReactNode {
  const { api, t, lang } = useConsole();
  const { message } = App.useApp();
  const [error, setError] = useState("");
  const load = useLoad(useCallback((signal: AbortSignal) => api.versions.editions(article.id, signal), [api, article.id]));
  const restore = async (edition: Edition) => {
    setError("");
    try {
      await api.versions.saveDraft(article.id, bodyOf(formOf(edition.article)), article.version ?? 0, "");
      void message.success(t("restored"));
      onClose(true);
    } catch (cause) {
      setError(errorText(cause));
    }
  };
  return (
    <Drawer open onClose={() => onClose(false)} size={Math.min(640, window.innerWidth)} title={t("history_of")}>
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} />}
      <Shown load={load} empty={(list) => (list.length === 0 ? t("history_none") : null)}>
        {(list) => (
          <ol className="timeline-list">
            {list.map((edition, i) => (
              <li key={edition.number}>
                <div className="timeline-head">
                  <b>#{edition.number}</b> {edition.note || t(edition.gone ? "edition_gone" : i === list.length - 1 ? "edition_first" : "rev_no_note")}
                  <span className="hint">{edition.author || t("by_system")} · {timeText(edition.at, lang)}</span>
                  <span className="grow" />
                  {i === 0 ? <span className="hint">{t("edition_now")}</span> : (
                    <Popconfirm title={t("restore_sure")} description={t("restore_hint")} okText={t("restore")} cancelText={t("cancel")} onConfirm={() => void restore(edition)}>
                      <Button size="small" data-action="restore">{t("restore")}</Button>
                    </Popconfirm>
                  )}
                </div>
                <Diff fields={differ(list[i + 1]?.article ?? null, edition.article)} />
              </li>
            ))}
          </ol>
        )}
      </Shown>
    </Drawer>
  );
}
