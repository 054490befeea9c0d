import { App, Tooltip } from "antd";
import type { ReactNode } from "react";
import { intentLabel } from "../shared/intents";
import { clockText, millis } from "../shared/time";
import type { SentimentLabel } from "../shared/types";
import { handoffReason, shownOf, trendOf } from "./entries";
import { useDesk, useDeskState, useNow } from "./hooks";
import { fieldLabel, slotLabel } from "./labels";
import { QuickPanel } from "./QuickPanel";
import { Suggestions } from "./Suggestions";
import { reasonText } from "./Timeline";

/** What an agent must know at one glance, and the replies drafted from it. */
export function ContextPanel({ onUse }: { onUse?: () => void }): ReactNode {
  const { t, lang } = useDesk();
  const state = useDeskState();
  const now = useNow(60_000);
  const id = state.selected;
  const detail = id ? state.details.get(id) : undefined;
  if (!id || !detail?.data) return null;
  const { packet, customer, slots, summary } = detail.data;
  const reason = detail.data.reason || handoffReason(detail.events);
  const collected = Object.entries({ ...packet?.slots, ...slots }).filter(([, value]) => value !== "");
  const trend = trendOf(detail.events);
  const moods = (trend.length > 0 ? trend : ((packet?.trend ?? []) as SentimentLabel[])).slice(-12);
  const shown = packet?.shown?.length ? packet.shown : shownOf(detail.events);
  const orders = customer?.orders ?? [];
  const told = Object.entries(customer?.attributes ?? {}).filter(([name, value]) => value !== "" && name !== "name");
  return (
    <div className="context">
      <div className="facts">
        <Section title={t("packet")}>
          {reason !== "" && <p className="reason">{reasonText(reason, t)}{packet?.intent && <span className="tag">{intentLabel(packet.intent, lang)}</span>}</p>}
          <p className="summary">{packet?.summary || <span className="hint">{t("no_packet")}</span>}</p>
        </Section>
        {packet?.facts && packet.facts.length > 0 && <Section title={t("facts")}><Pairs pairs={packet.facts.map((fact) => [fact.name, fact.value])} /></Section>}
        {collected.length > 0 && <Section title={t("slots")}><Pairs pairs={collected.map(([name, value]) => [slotLabel(name, t), value])} /></Section>}
        {orders.length > 0 && (
          <Section title={t("orders")}>
            <ul className="orders">
              {orders.map((order) => (
                <li key={order.number}>
                  <div className="line"><b>{order.title || order.number}</b><span className={`tag${order.open ? "" : " quiet"}`}>{order.status}</span>{order.amount && <span className="amount">¥{order.amount}</span>}</div>
                  <Pairs pairs={[[t("slot_order"), order.number], ...(order.tracking_number ? [[t("slot_number"), order.tracking_number] as [string, string]] : [])]} />
                  {order.parcel && <div className="hint">{order.parcel}</div>}
                </li>
              ))}
            </ul>
          </Section>
        )}
        {moods.length > 0 && (
          <Section title={t("trend")}>
            <div className="trend" role="img" aria-label={t("trend_label", { n: moods.length, list: moods.map((mood) => t(`sentiment_${mood}`)).join(" ") })}>
              {moods.map((mood, i) => <span key={i} className={mood} title={t(`sentiment_${mood}`)} />)}
            </div>
          </Section>
        )}
        {shown.length > 0 && <Section title={t("shown")}><ul className="shown">{shown.map((candidate) => <li key={candidate.article}>{candidate.question}</li>)}</ul></Section>}
        <Section title={t("customer_info")}>
          <Pairs
            pairs={[
              ...[["id", customer?.id || summary.customer], ["name", customer?.name]].flatMap(([name, value]): [string, string][] => (name && value ? [[fieldLabel(name, t), value]] : [])),
              ...told.map(([name, value]): [string, string] => [fieldLabel(name, t), value]),
              [t("field_visitor"), summary.visitor],
              [t("field_channel"), summary.channel],
              [t("field_started"), clockText(millis(summary.started_at, 0), now, lang)],
            ]}
          />
        </Section>
      </div>
      <Suggestions id={id} onUse={onUse} />
      <QuickPanel id={id} onUse={onUse} />
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return <section><h2>{title}</h2>{children}</section>;
}

function Pairs({ pairs }: { pairs: [string, string][] }): ReactNode {
  const { t } = useDesk();
  const { message } = App.useApp();
  const copy = async (value: string) => {
    try {
      await navigator.clipboard.writeText(value);
      void message.success(t("copied"));
    } catch {
      // Plain-http pages have no clipboard: the text can still be selected by hand.
    }
  };
  return (
    <dl className="pairs">
      {pairs.map(([name, value], i) => (
        <div key={i}>
          <dt>{name}</dt>
          <dd><Tooltip title={t("copy")} mouseEnterDelay={0.6}><button type="button" onClick={() => void copy(value)}>{value}</button></Tooltip></dd>
        </div>
      ))}
    </dl>
  );
}
