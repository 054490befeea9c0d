import { Badge, Button, Empty, Segmented, Skeleton } from "antd";
import type { ReactNode } from "react";
import { intentLabel } from "../shared/intents";
import { clockText, millis, spanText } from "../shared/time";
import type { SentimentLabel, Summary } from "../shared/types";
import { useDesk, useDeskState, useNow } from "./hooks";
import { customerName, listOf, queuedAt, tabs, urgency, type Tab } from "./lists";
import { openConversation } from "./Workbench";

/** The tabs and the conversations of the chosen one. */
export function ConversationList(): ReactNode {
  const { store, t } = useDesk();
  const state = useDeskState();
  const me = state.agent?.id ?? "";
  const lists = Object.fromEntries(tabs.map((tab) => [tab, listOf(state.summaries.values(), tab, me)])) as Record<Tab, Summary[]>;
  const unread = lists.mine.filter((summary) => summary.unread > 0).length;
  const rows = lists[state.tab];
  return (
    <nav className="list" aria-label={t("app")}>
      <Segmented<Tab>
        block
        className="tabs"
        value={state.tab}
        onChange={(tab) => store.setTab(tab)}
        options={tabs.map((tab) => ({
          value: tab,
          label: (
            <span className={`tab tab-${tab}`}>
              {t(`tab_${tab}`)}
              <span className={`count${tab === "queued" && lists.queued.length > 0 ? " hot" : ""}`}>{lists[tab].length}</span>
              {tab === "mine" && unread > 0 && <Badge dot />}
            </span>
          ),
        }))}
      />
      <div className="rows">
        {state.listed === "loading" && <div className="pad"><Skeleton active paragraph={{ rows: 5 }} /></div>}
        {state.listed === "error" && (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("list_failed")}>
            <Button onClick={() => void store.loadLists()}>{t("again")}</Button>
          </Empty>
        )}
        {state.listed === "ready" && rows.length === 0 && (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<>{t(`empty_${state.tab}`)}<div className="hint">{t("empty_hint")}</div></>} />
        )}
        {rows.map((summary) => <Row key={summary.conversation} summary={summary} selected={summary.conversation === state.selected} />)}
      </div>
    </nav>
  );
}

function Row({ summary, selected }: { summary: Summary; selected: boolean }): ReactNode {
  const { t, lang } = useDesk();
  const now = useNow(summary.status === "queued" ? 1000 : 30_000);
  const waited = now - queuedAt(summary);
  const mood = (summary.sentiment ?? "neutral") as SentimentLabel;
  const prefix = summary.last_from === "bot" ? `${t("bot")}：` : summary.last_from === "agent" ? `${t("agent")}：` : "";
  return (
    <button type="button" className={`row${selected ? " selected" : ""}`} aria-current={selected} onClick={() => openConversation(summary.conversation)}>
      <span className="line">
        <span className={`mood ${mood}`} role="img" aria-label={t(`sentiment_${mood}`)} title={t(`sentiment_${mood}`)} />
        <b>{customerName(summary, t("visitor"))}</b>
        <span className="grow" />
        {summary.status === "queued"
          ? <span className={`wait ${urgency(waited)}`}>{t("waited", { time: spanText(waited, lang) })}</span>
          : <span className="when">{clockText(millis(summary.updated_at, now), now, lang)}</span>}
      </span>
      <span className="line">
        <span className="last">{prefix}{summary.last_text || "…"}</span>
        {summary.status === "human" && summary.unread > 0 && <Badge count={summary.unread} size="small" />}
      </span>
      {(summary.intent || summary.skill_group) && (
        <span className="line tags">
          {summary.intent && <span className="tag">{intentLabel(summary.intent, lang)}</span>}
          {summary.skill_group && <span className="tag quiet">{summary.skill_group}</span>}
        </span>
      )}
    </button>
  );
}
