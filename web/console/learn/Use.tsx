import { Segmented, Select } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { type Column, Rows } from "../parts/Rows";
import { Shown } from "../parts/Shown";
import type { UseLine, UseList } from "../types";
import { go, timeText, useConsole, useLoad } from "../tools";

const lists: readonly UseList[] = ["hot", "cold", "never", "expired", "disliked", "handed"];
const counted = ["answered", "suggested", "shown", "taken", "ignored", "disliked", "handed"] as const;

/** How articles are used: hot, cold, never hit, expired, disliked, answered and then handed to people. */
export function Use(): ReactNode {
  const { api, t, lang } = useConsole();
  const [list, setList] = useState<UseList>("hot");
  const [days, setDays] = useState(28);
  const load = useLoad(useCallback((signal: AbortSignal) => api.growth.use(list, days, signal), [api, list, days]));
  const columns: Column<UseLine>[] = [
    { key: "question", title: t("question"), render: (line) => <><button type="button" className="plain">{line.question}</button><div className="excerpt">{line.category}{line.expired ? ` · ${t("expired_at", { at: timeText(line.expired, lang) })}` : ""}</div></> },
    ...counted.map((name): Column<UseLine> => ({ key: name, title: t(`use_${name}`), width: 78, figure: true, render: (line) => (line[name] === 0 ? "" : line[name]) })),
    { key: "prior", title: t("use_prior"), width: 96, figure: true, render: (line) => (line.prior === 0 ? "" : <span className={line.prior > 0 ? "good" : "bad"}>{line.prior > 0 ? "+" : "−"}{Math.abs(line.prior).toFixed(2)}</span>) },
  ];
  return (
    <>
      <div className="bar">
        <Segmented<UseList> className="scrolls" value={list} onChange={setList} options={lists.map((value) => ({ value, label: t(`list_${value}`) }))} />
        <span className="grow" />
        <Select value={days} onChange={setDays} aria-label={t("days")} options={[7, 28, 84].map((value) => ({ value, label: t("last_days", { n: value }) }))} />
      </div>
      <p className="hint">{t(`list_${list}_hint`)}</p>
      <Shown load={load} empty={(found) => (found.articles.length === 0 ? t("use_none") : null)}>
        {(found) => (
          <>
            <Rows<UseLine> rows={found.articles} busy={load.busy} pageSize={50} rowKey={(line) => line.article} columns={columns} onOpen={(line) => go("articles", line.article)} />
            {found.total > found.articles.length && <p className="hint">{t("use_more", { n: found.articles.length, total: found.total })}</p>}
          </>
        )}
      </Shown>
    </>
  );
}
