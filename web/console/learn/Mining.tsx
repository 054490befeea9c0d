import { Alert, Button, Progress, Select, Tag, Upload } from "antd";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { randomId } from "../../shared/ids";
import { Shown } from "../parts/Shown";
import type { MiningRun } from "../types";
import { errorText, go, timeText, useConsole, useLoad } from "../tools";

const day = 86_400_000;
const stateColour = { waiting: "default", running: "processing", done: "green", failed: "red", cancelled: "default" } as const;

/** Mining: of the bot's own conversations, or of a file of old ones; its runs with progress. */
export function Mining(): ReactNode {
  const { api, t, lang } = useConsole();
  const [days, setDays] = useState(28);
  const [busy, setBusy] = useState("");
  const [error, setError] = useState("");
  const load = useLoad(useCallback((signal: AbortSignal) => api.growth.runs(signal), [api]));
  const going = load.data?.some((run) => run.state === "waiting" || run.state === "running") ?? false;
  const { reload, data } = load;
  useEffect(() => {
    if (!going) return;
    const timer = setTimeout(reload, 1000);
    return () => clearTimeout(timer);
  }, [going, reload, data]);

  const attempt = async (what: string, work: () => Promise<MiningRun>) => {
    setBusy(what);
    setError("");
    try {
      await work();
      load.reload();
    } catch (cause) {
      setError(errorText(cause));
    }
    setBusy("");
  };
  return (
    <div className="flow">
      <div className="beside">
        <div className="panel">
          <h2>{t("mine_own")}</h2>
          <p className="hint">{t("mine_own_hint")}</p>
          <div className="actions">
            <Select value={days} onChange={setDays} aria-label={t("days")} options={[7, 28, 84, 365].map((value) => ({ value, label: t("last_days", { n: value }) }))} />
            <Button type="primary" loading={busy === "own"} onClick={() => void attempt("own", () => api.growth.mineSince(new Date(Date.now() - days * day).toISOString(), randomId("m_")))}>{t("mine_start")}</Button>
          </div>
        </div>
        <div className="panel">
          <h2>{t("mine_file")}</h2>
          <p className="hint">{t("mine_file_hint")}</p>
          <Upload
            accept=".csv,.jsonl,.gz" showUploadList={false}
            beforeUpload={(file) => {
              void attempt("file", () => api.growth.mineFile(file, randomId("m_")));
              return false; // the page uploads by itself
            }}
          >
            <Button loading={busy === "file"}>{t("mine_pick")}</Button>
          </Upload>
        </div>
      </div>
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} />}
      <Shown load={load} empty={(runs) => (runs.length === 0 ? t("mine_none") : null)}>
        {(runs) => (
          <ul className="runs">
            {runs.map((run) => (
              <li key={run.id} className="panel run" data-state={run.state}>
                <div className="panel-head">
                  <b>{t(`mine_from_${run.source}`)}</b><Tag color={stateColour[run.state]}>{t(`run_${run.state}`)}</Tag>
                  <span className="hint">{timeText(run.created, lang)}</span>
                  <span className="grow" />
                  {(run.state === "waiting" || run.state === "running") && <Button size="small" onClick={() => void attempt("cancel", () => api.growth.cancel(run.id))}>{t("cancel")}</Button>}
                  {run.state === "done" && run.added + run.renewed > 0 && <Button size="small" type="primary" ghost data-action="see" onClick={() => go("learn", "proposals")}>{t("mine_see", { n: run.added + run.renewed })}</Button>}
                </div>
                {run.state === "running" && <Progress percent={Math.floor(run.progress * 100)} status="active" size="small" strokeColor="var(--yd-brand)" />}
                {run.error ? <Alert type="error" title={run.error} /> : <p className="hint">{t("mine_stats", { talks: run.stats.transcripts, pairs: run.stats.pairs, groups: run.stats.groups })}{run.state === "done" ? ` → ${t("mine_found", { added: run.added, renewed: run.renewed, known: run.known })}` : ""}</p>}
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </div>
  );
}
