import { Alert, App, Button, Slider, Tag, Upload } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { Shown } from "../parts/Shown";
import type { AnswerRisk } from "../types";
import { errorText, percent, useConsole, useLoad } from "../tools";
import { pointFor } from "./curve";
import { Curve } from "./Curve";
import { readJudged } from "./judged";

/** How many wrong answers the bot may give, and what that buys. */
export function Risk(): ReactNode {
  const { api } = useConsole();
  const load = useLoad(useCallback((signal: AbortSignal) => api.risk.read(signal), [api]));
  return <Shown load={load}>{(risk) => <Setting key={`${risk.answer_risk}/${risk.own_points?.length ?? 0}`} risk={risk} onChange={load.set} />}</Shown>;
}

function Setting({ risk, onChange }: { risk: AnswerRisk; onChange: (risk: AnswerRisk) => void }): ReactNode {
  const { api, t } = useConsole();
  const { message } = App.useApp();
  const set = risk.answer_risk > 0 ? risk.answer_risk : 0.05;
  const [share, setShare] = useState(set);
  const [busy, setBusy] = useState("");
  const [error, setError] = useState("");
  const own = (risk.own_points?.length ?? 0) > 0;
  const points = own ? (risk.own_points ?? []) : risk.points;
  const point = pointFor(points, share);
  const changed = risk.answer_risk === 0 || Math.abs(share - risk.answer_risk) > 0.0001;
  const attempt = async (what: string, work: () => Promise<AnswerRisk>, done: string) => {
    setBusy(what);
    setError("");
    try {
      onChange(await work());
      void message.success(done);
    } catch (cause) {
      setError(errorText(cause));
    }
    setBusy("");
  };
  return (
    <div className="flow">
      <div className="panel risk">
        <div className="panel-head">
          <h2>{t("risk_title", { share: shareText(share) })}</h2>
          <span className="grow" />
          <Tag>{risk.answer_risk > 0 ? t("risk_now", { share: shareText(risk.answer_risk), source: t(`risk_from_${risk.source}`) }) : t("risk_now_model", { at: percent(risk.answer_at, 0) })}</Tag>
        </div>
        <div className="risk-columns">
          <div>
            <Slider min={0.005} max={0.2} step={0.005} value={share} onChange={setShare} ariaLabelForHandle={t("risk_slider")} tooltip={{ formatter: (value) => shareText(value ?? 0) }} marks={{ 0.01: "1%", 0.05: "5%", 0.1: "10%", 0.2: "20%" }} />
            {point ? (
              <div className="risk-words" aria-live="polite">
                <p>{t("risk_of_hundred", { answered: Math.round(point.coverage * 100), rest: 100 - Math.round(point.coverage * 100) })}</p>
                <div className="hundred" aria-hidden>{Array.from({ length: 100 }, (_, i) => <i key={i} className={i < Math.round(point.coverage * 100) ? "right" : ""} />)}</div>
                <p className="hint">{t("risk_wrong", { wrong: percent(point.wrong_share), answered: point.answered, bound: percent(point.bound) })}</p>
                <p className="hint">{t("risk_line", { at: percent(point.threshold, 0), suggest: percent(risk.suggest_at, 0) })}</p>
              </div>
            ) : <Alert type="warning" showIcon title={t(points.length === 0 ? "risk_no_curve" : "risk_none")} />}
            {error !== "" && <Alert type="error" showIcon role="alert" title={error} />}
            <div className="actions">
              <Button type="primary" data-action="save" disabled={!changed} loading={busy === "save"} onClick={() => void attempt("save", () => api.risk.set(share), t("risk_saved"))}>{t("risk_save")}</Button>
              {risk.source === "setting" && <Button type="text" loading={busy === "reset"} onClick={() => void attempt("reset", () => api.risk.set(0), t("risk_saved"))}>{t("risk_reset")}</Button>}
            </div>
          </div>
          {points.length > 0 && <Curve points={risk.points} own={risk.own_points ?? []} share={share} chosen={point} />}
        </div>
      </div>
      <div className="panel">
        <h2>{t("judge_title")}</h2>
        <p className="hint">{t(own ? "judge_own" : "judge_hint")}</p>
        <Upload
          accept=".csv,.jsonl" showUploadList={false}
          beforeUpload={(file) => {
            void attempt("judge", async () => api.risk.judge(readJudged(await file.text())), t("judged"));
            return false; // the page uploads by itself
          }}
        >
          <Button loading={busy === "judge"}>{t("judge_pick")}</Button>
        </Upload>
      </div>
    </div>
  );
}

/** 0.05 as 5%, 0.045 as 4.5%. */
function shareText(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}
