import { Button, Spin } from "antd";
import { type ReactNode, useEffect, useRef } from "react";
import { useDesk } from "./hooks";
import type { QuickReply } from "./quick";
import type { QuickShelf } from "./quickbook";

/** The text of a quick reply, with the slots marked that nobody filled. */
export function QuickText({ text }: { text: string }): ReactNode {
  return text.split(/(\{\{[^{}]*\}\})/).map((part, i) => (part.startsWith("{{") ? <mark key={i}>{part.slice(2, -2).trim()}</mark> : part));
}

/** The list that a slash opens above the text field; the field keeps the focus and moves `active`. */
export function QuickList({ shelf, found, active, query, onPick, onHover, onRetry }: {
  shelf: QuickShelf | undefined;
  found: readonly QuickReply[];
  active: number;
  query: string;
  onPick: (reply: QuickReply) => void;
  onHover: (index: number) => void;
  onRetry: () => void;
}): ReactNode {
  const { t } = useDesk();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div className="quick-list" id="quick-list" role="listbox" aria-label={t("quick")} ref={list}>
      {(!shelf || shelf.phase === "loading") && <div className="quick-state"><Spin size="small" /> {t("quick_loading")}</div>}
      {shelf?.phase === "error" && <div className="quick-state" role="alert">{shelf.error} <Button size="small" type="link" onMouseDown={(event) => event.preventDefault()} onClick={onRetry}>{t("retry")}</Button></div>}
      {shelf?.phase === "ready" && found.length === 0 && <div className="quick-state">{query === "" ? t("quick_empty") : t("quick_none", { query })}</div>}
      {shelf?.phase !== "error" && found.map((reply, i) => (
        <button
          key={reply.id}
          id={`quick-${i}`}
          type="button"
          role="option"
          tabIndex={-1}
          aria-selected={i === active}
          onMouseDown={(event) => event.preventDefault()}
          onMouseMove={() => onHover(i)}
          onClick={() => onPick(reply)}
        >
          <span className="line">
            <b>{reply.title}</b>
            {reply.shortcut && <kbd>/{reply.shortcut}</kbd>}
            <span className="tag quiet">{t(`quick_${reply.scope}`)}</span>
          </span>
          <span className="words"><QuickText text={reply.filled} /></span>
        </button>
      ))}
    </div>
  );
}
