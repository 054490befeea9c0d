import { CloseOutlined, SendOutlined } from "@ant-design/icons";
import { Button, Empty, Tooltip } from "antd";
import type { ReactNode } from "react";
import type { Suggestion } from "../shared/types";
import { useDesk, useDeskState } from "./hooks";
import { sourceLabel } from "./labels";

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
/** How the platform writes the key that sends a suggestion. */
export const modifier = isMac ? "⌘" : "Ctrl+";

/** The drafted replies: a click puts one into the text field, its arrow sends it. */
export function Suggestions({ id, onUse }: { id: string; onUse: (() => void) | undefined }): ReactNode {
  const { t } = useDesk();
  const state = useDeskState();
  const detail = state.details.get(id);
  const mine = detail?.data?.status === "human" && detail.owner.id === state.agent?.id;
  const offered = detail?.suggestions ?? [];
  return (
    <section className="suggestions" aria-label={t("suggestions")}>
      <h2>{t("suggestions")}{!mine && offered.length > 0 && detail?.data?.status !== "closed" && <span className="hint">{t("suggestions_locked")}</span>}</h2>
      {offered.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("suggestions_empty")} />}
      <ol>
        {offered.slice(0, 5).map((suggestion, i) => <Offer key={suggestion.id} id={id} n={i + 1} suggestion={suggestion} usable={mine} onUse={onUse} />)}
      </ol>
    </section>
  );
}

function Offer({ id, n, suggestion, usable, onUse }: { id: string; n: number; suggestion: Suggestion; usable: boolean; onUse: (() => void) | undefined }): ReactNode {
  const { store, t } = useDesk();
  const fill = () => {
    store.setDraft(id, suggestion.text, suggestion);
    onUse?.();
  };
  const send = () => {
    store.sendSuggestion(id, suggestion);
    onUse?.();
  };
  return (
    <li className="offer">
      <button type="button" className="fill" disabled={!usable} onClick={fill} title={t("fill")} data-suggestion={suggestion.id}>
        <span className="line">
          <kbd>{n}</kbd>
          <b>{suggestion.title}</b>
          <span className="tag quiet">{sourceLabel(suggestion.source, t)}</span>
          <span className="score" aria-hidden>{Math.round(suggestion.score * 100)}%</span>
        </span>
        <span className="words">{suggestion.text}</span>
      </button>
      {usable && (
        <span className="tools">
          <Tooltip title={`${t("send_now")} ${modifier}${n}`}><Button size="small" type="text" aria-label={t("send_now")} icon={<SendOutlined />} onClick={send} /></Tooltip>
          <Tooltip title={t("not_useful")}><Button size="small" type="text" aria-label={t("not_useful")} icon={<CloseOutlined />} onClick={() => void store.ignore(id, suggestion.id, true)} /></Tooltip>
        </span>
      )}
    </li>
  );
}

/** The drafted replies in one scrolling line above the text field, for phones. */
export function SuggestionStrip({ id }: { id: string }): ReactNode {
  const { store, t } = useDesk();
  const offered = useDeskState().details.get(id)?.suggestions ?? [];
  if (offered.length === 0) return null;
  return (
    <div className="suggestion-strip" role="group" aria-label={t("suggestions")}>
      {offered.slice(0, 5).map((suggestion) => (
        <button key={suggestion.id} type="button" data-suggestion={suggestion.id} onClick={() => store.setDraft(id, suggestion.text, suggestion)}>
          <b>{suggestion.title}</b><span>{suggestion.text}</span>
        </button>
      ))}
    </div>
  );
}
