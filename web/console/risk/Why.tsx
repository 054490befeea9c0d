import { Tag } from "antd";
import type { ReactNode } from "react";
import type { Why } from "../types";
import { percent, useConsole } from "../tools";
import { weighed } from "./evidence";

/** Why a hit has its probability: in words, and as bars for and against. */
export function WhyView({ why, score }: { why: Why; score: number }): ReactNode {
  const { t } = useConsole();
  const parts = weighed(why.parts);
  const most = Math.max(0.5, ...parts.map((part) => Math.abs(part.logOdds)));
  return (
    <div className="why">
      <p>{why.text}</p>
      {why.followed && <p className="hint">{t("why_followed", { text: why.followed })}</p>}
      <ul className="bars" aria-label={t("why_parts")}>
        {parts.map((part) => (
          <li key={part.kind}>
            <span>{t(`evidence_${part.kind}`)}</span>
            <span className="bar-track"><i className={part.logOdds > 0 ? "for" : "against"} style={{ width: `${(Math.abs(part.logOdds) / most) * 50}%` }} /></span>
            <span className="figure">{part.logOdds > 0 ? "+" : "−"}{Math.abs(part.logOdds).toFixed(1)}</span>
          </li>
        ))}
      </ul>
      {(why.terms?.length ?? 0) > 0 && <p className="hint">{t("why_terms")} {why.terms?.map((term) => <Tag key={term.term}>{term.term}</Tag>)}</p>}
      <p className="hint">{t("why_bands", { score: percent(score), answer: percent(why.answer_at, 0), suggest: percent(why.suggest_at, 0) })}</p>
    </div>
  );
}
