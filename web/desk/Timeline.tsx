import { Button } from "antd";
import { type ReactNode, useLayoutEffect, useMemo, useRef } from "react";
import { intentLabel } from "../shared/intents";
import { RichText } from "../shared/react/RichText";
import { clockText } from "../shared/time";
import { type Entry, entriesOf, isDetail } from "./entries";
import { useDesk, useNow } from "./hooks";
import { slotLabel } from "./labels";
import type { Detail, Pending } from "./state";
import type { Key } from "./strings";

const gap = 5 * 60_000;
const typingShown = 15_000;

/** The conversation from its first event on, following new ones while the agent is at its end. */
export function Timeline({ id, detail, steps, name }: { id: string; detail: Detail; steps: boolean; name: string }): ReactNode {
  const { t, lang } = useDesk();
  const now = useNow(5000);
  const frame = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const entries = useMemo(() => entriesOf(detail.events), [detail.events]);
  const shown = entries.filter((entry) => steps || !isDetail(entry));
  const typing = detail.typing && now - detail.typing.at < typingShown ? detail.typing.text : "";
  useLayoutEffect(() => {
    const element = frame.current;
    if (element && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [shown.length, detail.pending, typing]);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const keep = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    keep.observe(element);
    return () => keep.disconnect();
  }, []);
  return (
    <div
      className="timeline"
      ref={frame}
      role="log"
      aria-live="polite"
      tabIndex={0}
      onScroll={(event) => {
        const element = event.currentTarget;
        atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 60;
      }}
    >
      {shown.map((entry, i) => (
        <div key={entry.key} className="slot">
          {entry.at - (shown[i - 1]?.at ?? 0) > gap && <div className="time">{clockText(entry.at, now, lang)}</div>}
          <Line entry={entry} name={name} />
        </div>
      ))}
      {detail.pending.map((reply) => <PendingLine key={reply.clientId} id={id} reply={reply} />)}
      {typing !== "" && (
        <div className="message visitor typing">
          <div className="by">{name} {t("is_typing")}<span className="dots" aria-hidden><i /><i /><i /></span></div>
          <div className="bubble">{typing}</div>
        </div>
      )}
    </div>
  );
}

function Line({ entry, name }: { entry: Entry; name: string }): ReactNode {
  const { t, lang, store } = useDesk();
  switch (entry.kind) {
    case "message": {
      const mine = entry.agent !== "" && entry.agent === store.snapshot().agent?.id;
      const by = entry.from === "visitor" ? name : entry.from === "bot" ? entry.name || t("bot") : mine ? t("me") : entry.name || t("agent");
      return (
        <div className={`message ${entry.from}`}>
          <div className="by">
            {by}
            {entry.intent && <span className="guess">{intentLabel(entry.intent.name, lang)} {entry.intent.confidence.toFixed(2)}</span>}
            {entry.sentiment && entry.sentiment !== "neutral" && <span className={`guess ${entry.sentiment}`}>{t(`sentiment_${entry.sentiment}`)}</span>}
          </div>
          <div className="bubble">
            <RichText text={entry.text} markdown={entry.markdown} />
            {entry.buttons.length > 0 && <div className="offered">{entry.buttons.map((title, i) => <span key={i}>{title}</span>)}</div>}
          </div>
        </div>
      );
    }
    case "note":
      return <div className="note"><b>{t("note")} · {entry.name || t("agent")}</b><div className="rich plain">{entry.text}</div></div>;
    case "status":
      return <div className="event">{statusText(entry, t)}</div>;
    case "handoff":
      return <div className="event strong">{t("handoff", { reason: reasonText(entry.reason, t) })}</div>;
    case "slot":
      return <div className="event step">{t("detail_slot", { name: slotLabel(entry.name, t), value: entry.value })}</div>;
    case "action":
      return (
        <div className={`event step${entry.fault ? " bad" : ""}`} title={entry.detail}>
          {entry.fault ? t("detail_action_failed", { action: entry.action, fault: entry.fault }) : t("detail_action", { action: entry.action, ms: Math.round(entry.ms) })}
        </div>
      );
  }
}

function statusText(entry: Extract<Entry, { kind: "status" }>, t: (key: Key, params?: Record<string, string>) => string): string {
  if (entry.to === "human") return t("line_to_human", { name: entry.name || t("agent") });
  if (entry.to === "queued") return t("line_to_queued");
  return t(entry.to === "closed" ? "line_to_closed" : "line_to_bot");
}

const reasons = ["asked", "anger", "risk", "misses", "rule", "business", "failure"] as const;

/** A hand-off reason in words; an unknown one as it is. */
export function reasonText(reason: string, t: (key: Key) => string): string {
  const known = reasons.find((candidate) => candidate === reason);
  return known ? t(`reason_${known}`) : reason;
}

function PendingLine({ id, reply }: { id: string; reply: Pending }): ReactNode {
  const { store, t } = useDesk();
  return (
    <div className={`message agent pending ${reply.state}`}>
      <div className="bubble">{reply.text}</div>
      <div className="by" role={reply.state === "failed" ? "alert" : undefined}>
        {reply.state === "sending" ? t("sending") : t("failed", { detail: reply.error })}
        {reply.state === "failed" && (
          <>
            <Button size="small" type="link" onClick={() => store.retry(id, reply.clientId)}>{t("retry")}</Button>
            <Button size="small" type="link" onClick={() => store.discard(id, reply.clientId)}>{t("discard")}</Button>
          </>
        )}
      </div>
    </div>
  );
}
