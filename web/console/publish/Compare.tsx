import { InboxOutlined } from "@ant-design/icons";
import { Alert, Button, Segmented, Select, Tag, Upload } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { Rows } from "../parts/Rows";
import type { Comparison, Figures, Outcome, Trial, Turn } from "../types";
import { errorText, percent, timeText, useConsole, useLoad } from "../tools";

const colour: Record<Outcome, string> = { right: "green", offered: "gold", silent: "default", missed: "orange", wrong: "red" };
const worth: Record<Outcome, number> = { right: 3, silent: 3, offered: 2, missed: 1, wrong: 0 };
type Which = "all" | "better" | "worse";

/** Two versions of the base asked the same questions, before anything is published. */
export function Compare(): ReactNode {
  const { api, t, lang } = useConsole();
  const [file, setFile] = useState<File | null>(null);
  const [from, setFrom] = useState("published");
  const [to, setTo] = useState("drafts");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [result, setResult] = useState<Comparison | null>(null);
  const [which, setWhich] = useState<Which>("all");
  const history = useLoad(useCallback((signal: AbortSignal) => api.versions.history(0, 50, signal), [api]));
  const versions = [
    { value: "published", label: t("version_published") }, { value: "drafts", label: t("version_drafts") },
    ...(history.data ?? []).map((one) => ({ value: String(one.number), label: `#${one.number} ${one.note || t("rev_no_note")} · ${timeText(one.at, lang)}` })),
  ];
  const run = async () => {
    if (!file) return;
    setBusy(true);
    setError("");
    try {
      setResult(await api.versions.compare(file, from, to));
    } catch (cause) {
      setResult(null);
      setError(errorText(cause));
    }
    setBusy(false);
  };
  const turns = (result?.changed ?? []).filter((turn) => which === "all" || (which === "better") === (worth[turn.to.outcome] > worth[turn.from.outcome]) && worth[turn.to.outcome] !== worth[turn.from.outcome]);
  return (
    <div className="flow">
      <div className="panel">
        <p className="hint">{t("compare_hint")}</p>
        <Upload.Dragger
          className="drop small" accept=".csv,.jsonl" maxCount={1} showUploadList={false}
          beforeUpload={(picked) => {
            setFile(picked);
            setResult(null);
            return false; // the page uploads by itself
          }}
        >
          <p><InboxOutlined /> {file ? <b>{file.name}</b> : t("compare_pick")}</p>
        </Upload.Dragger>
        <div className="compare-bar">
          <Select value={from} onChange={setFrom} options={versions} aria-label={t("compare_from")} popupMatchSelectWidth={false} />
          <span aria-hidden>→</span>
          <Select value={to} onChange={setTo} options={versions} aria-label={t("compare_to")} popupMatchSelectWidth={false} />
          <Button type="primary" disabled={!file || from === to} loading={busy} onClick={() => void run()}>{t("compare_do")}</Button>
        </div>
        {error !== "" && <Alert type="error" showIcon role="alert" title={error} />}
      </div>
      {result && (
        <div className="panel" aria-live="polite">
          <h2>{t("compare_result", { n: result.questions })}</h2>
          <FiguresTable from={result.from} to={result.to} />
          {result.unknown && result.unknown.length > 0 && <Alert type="warning" showIcon title={t("compare_unknown", { ids: result.unknown.join("、") })} />}
          <div className="bar">
            <h2>{t("compare_changed", { n: result.changed.length })}</h2>
            <span className="grow" />
            <Segmented<Which> value={which} onChange={setWhich} options={(["all", "better", "worse"] as const).map((value) => ({ value, label: t(`turns_${value}`) }))} />
          </div>
          {turns.length === 0 ? <p className="hint">{t("compare_same")}</p> : (
            <Rows<Turn>
              rows={turns} rowKey={(turn) => turn.query} pageSize={20}
              columns={[
                { key: "query", title: t("try_text"), render: (turn) => <b>{turn.query}</b> },
                { key: "from", title: t("compare_from"), render: (turn) => <TrialView trial={turn.from} /> },
                { key: "to", title: t("compare_to"), render: (turn) => <TrialView trial={turn.to} /> },
              ]}
            />
          )}
        </div>
      )}
    </div>
  );
}

function TrialView({ trial }: { trial: Trial }): ReactNode {
  const { t } = useConsole();
  return <><Tag color={colour[trial.outcome]}>{t(`outcome_${trial.outcome}`)}</Tag>{trial.question ? <span className="hint">{trial.question} {percent(trial.score, 0)}</span> : null}</>;
}

function FiguresTable({ from, to }: { from: Figures; to: Figures }): ReactNode {
  const { t } = useConsole();
  const lines: [string, (figures: Figures) => number, (value: number) => string, boolean][] = [
    ["figure_articles", (f) => f.articles, String, true],
    ["figure_top1", (f) => f.top1, (v) => percent(v), true],
    ["figure_top3", (f) => f.top3, (v) => percent(v), true],
    ["figure_answered", (f) => f.answered, String, true],
    ["figure_wrong", (f) => f.wrong, String, false],
  ];
  return (
    <table className="figures">
      <thead><tr><th /><th>{t("compare_from")}</th><th>{t("compare_to")}</th><th>{t("compare_turn")}</th></tr></thead>
      <tbody>
        {lines.map(([name, of, say, more]) => {
          const turn = of(to) - of(from);
          const good = turn === 0 || name === "figure_articles" ? "" : turn > 0 === more ? "good" : "bad";
          return <tr key={name}><th>{t(name as "figure_top1")}</th><td>{say(of(from))}</td><td>{say(of(to))}</td><td className={good}>{turn === 0 ? "—" : `${turn > 0 ? "+" : "−"}${say(Math.abs(turn))}`}</td></tr>;
        })}
      </tbody>
    </table>
  );
}
