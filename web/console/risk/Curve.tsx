import type { ReactNode } from "react";
import type { RiskPoint } from "../types";
import { percent, useConsole } from "../tools";
import { thinned } from "./curve";

const width = 460;
const height = 260;
const left = 44;
const bottom = 34;
const top = 24;
const right = 14;
/** Wrong shares beyond this are no choice for a shop. */
const most = 0.3;

interface CurveProps {
  points: readonly RiskPoint[];
  own: readonly RiskPoint[];
  share: number;
  chosen: RiskPoint | null;
}

/** The coverage–risk curve: how much more is answered when more may be wrong. */
export function Curve({ points, own, share, chosen }: CurveProps): ReactNode {
  const { t } = useConsole();
  const x = (coverage: number) => left + coverage * (width - left - right);
  const y = (wrong: number) => height - bottom - (wrong / most) * (height - bottom - top);
  const path = (list: readonly RiskPoint[]) => thinned(list.filter((point) => point.answered > 0 && point.wrong_share <= most), 240).map((point, i) => `${i === 0 ? "M" : "L"}${x(point.coverage).toFixed(1)} ${y(point.wrong_share).toFixed(1)}`).join("");
  const wrongs = [0, 0.1, 0.2, 0.3];
  return (
    <figure className="curve">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t("curve_says")}>
        {wrongs.map((wrong) => <g key={wrong}><line x1={left} x2={width - right} y1={y(wrong)} y2={y(wrong)} className="grid" /><text x={left - 8} y={y(wrong) + 4} textAnchor="end">{percent(wrong, 0)}</text></g>)}
        {[0, 0.25, 0.5, 0.75, 1].map((coverage) => <text key={coverage} x={x(coverage)} y={height - bottom + 16} textAnchor="middle">{percent(coverage, 0)}</text>)}
        <line x1={left} x2={width - right} y1={y(share)} y2={y(share)} className="limit" />
        <path d={path(points)} className={own.length > 0 ? "line faint" : "line"} />
        {own.length > 0 && <path d={path(own)} className="line" />}
        {chosen && <circle cx={x(chosen.coverage)} cy={y(chosen.wrong_share)} r={6} className="chosen" />}
        <text x={(left + width - right) / 2} y={height - 3} textAnchor="middle" className="axis">{t("axis_coverage")}</text>
        <text x={4} y={12} className="axis">{t("axis_wrong")}</text>
      </svg>
      <figcaption className="hint">{t(own.length > 0 ? "curve_own" : "curve_model")}</figcaption>
    </figure>
  );
}
