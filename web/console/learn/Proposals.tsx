import { Button, Empty, Segmented, Select, Tag } from "antd";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { Shown } from "../parts/Shown";
import type { MinedProposal, ProposalKind, ProposalState } from "../types";
import { go, timeText, useConsole, useLoad, useNarrow } from "../tools";
import { Proposal } from "./Proposal";

const kinds: readonly ProposalKind[] = ["article", "phrasing", "contradicts"];
const states: readonly ProposalState[] = ["open", "accepted", "edited", "rejected"];
const colour: Record<ProposalKind, string> = { article: "green", phrasing: "blue", contradicts: "orange" };

/** The inbox of proposals; j and k move, a accepts, e edits, x rejects. */
export function Proposals(): ReactNode {
  const { api, t, lang } = useConsole();
  const narrow = useNarrow();
  const [kind, setKind] = useState<ProposalKind | "">("");
  const [state, setState] = useState<ProposalState>("open");
  const [at, setAt] = useState(0);
  const [command, setCommand] = useState<{ what: "accept" | "edit" | "reject"; id: string; count: number } | null>(null);
  const load = useLoad(useCallback((signal: AbortSignal) => api.growth.proposals({ ...(kind ? { kind } : {}), state }, signal), [api, kind, state]));
  const list = load.data ?? [];
  const place = Math.min(at, Math.max(0, list.length - 1));
  const current = list[place];

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || target?.closest("input, textarea, select, [contenteditable], .ant-modal, .ant-drawer")) return;
      const count = list.length;
      if (event.key === "j") setAt(Math.min(place + 1, count - 1));
      else if (event.key === "k") setAt(Math.max(place - 1, 0));
      else if (current?.state === "open" && (event.key === "a" || event.key === "e" || event.key === "x")) {
        const what = event.key === "a" ? "accept" : event.key === "e" ? "edit" : "reject";
        setCommand((before) => ({ what, id: current.id, count: (before?.count ?? 0) + 1 }));
      } else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [list.length, place, current]);

  const decided = (proposal: MinedProposal) => {
    load.set(list.filter((one) => one.id !== proposal.id));
    setCommand(null);
  };
  const detail = current && <Proposal key={current.id} proposal={current} command={command?.id === current.id ? command : null} onDecided={decided} onChanged={load.reload} />;
  return (
    <>
      <div className="bar">
        <Segmented<ProposalKind | "">
          value={kind}
          onChange={(next) => {
            setKind(next);
            setAt(0);
          }}
          options={(["", ...kinds] as const).map((value) => ({ value, label: t(value === "" ? "kind_all" : `proposal_${value}`) }))}
        />
        <Select<ProposalState>
          value={state} aria-label={t("state")} style={{ minWidth: 110 }}
          onChange={(next) => {
            setState(next);
            setAt(0);
          }}
          options={states.map((value) => ({ value, label: t(`proposal_is_${value}`) }))}
        />
        <span className="grow" />
        {!narrow && state === "open" && list.length > 0 && <span className="keys hint"><kbd>j</kbd><kbd>k</kbd> {t("keys_move")} <kbd>a</kbd> {t("keys_accept")} <kbd>e</kbd> {t("keys_edit")} <kbd>x</kbd> {t("keys_reject")}</span>}
      </div>
      <Shown load={load}>
        {(all) => (all.length === 0 ? (
          <Empty className="nothing" image={Empty.PRESENTED_IMAGE_SIMPLE} description={t(state === "open" ? "proposals_none" : "proposals_none_so")}>
            {state === "open" && <Button type="primary" onClick={() => go("learn", "mine")}>{t("mine_go")}</Button>}
          </Empty>
        ) : (
          <div className="inbox">
            <ul className="inbox-list" aria-label={t("tab_proposals")}>
              {all.map((one, i) => (
                <li key={one.id}>
                  <button type="button" className="inbox-row" aria-current={i === place} onClick={() => setAt(i)}>
                    <span className="inbox-title">{one.question}</span>
                    <span className="hint"><Tag color={colour[one.kind]}>{t(`proposal_${one.kind}`)}</Tag>{t("asked_n", { n: one.evidence.count })}{one.decided_at ? ` · ${one.by ?? ""} ${timeText(one.decided_at, lang)}` : ""}</span>
                  </button>
                  {narrow && i === place && detail}
                </li>
              ))}
            </ul>
            {!narrow && <div className="inbox-detail">{detail}</div>}
          </div>
        ))}
      </Shown>
    </>
  );
}
