import { Alert, Button, Modal, Progress, Radio, Result, Skeleton, Space } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { spanText } from "../../shared/time";
import { RollBack } from "../parts/RollBack";
import type { ImportJob, OnConflict } from "../types";
import { errorText, go, useConsole } from "../tools";
import { Report } from "./Report";
import { Steps } from "./Steps";

/** One import, from its check to its result. */
export function ImportJobView({ id }: { id: string }): ReactNode {
  const { api, t } = useConsole();
  const [job, setJob] = useState<ImportJob | null>(null);
  const [error, setError] = useState("");
  const [round, setRound] = useState(0);
  useEffect(() => api.imports.watch(id, setJob, (cause) => setError(errorText(cause))), [api, id, round]);

  const attempt = async (work: () => Promise<ImportJob>) => {
    setError("");
    try {
      setJob(await work());
      setRound((n) => n + 1);
    } catch (cause) {
      setError(errorText(cause));
    }
  };
  const failed = error !== "" && <Alert type="error" showIcon role="alert" title={error} action={<Button size="small" onClick={() => void attempt(() => api.imports.job(id))}>{t("again")}</Button>} />;
  if (!job) return <section className="flow import">{failed || <Skeleton active className="waiting" />}</section>;
  const at = job.state === "done" ? 3 : job.state === "ready" || job.state === "applying" ? 2 : 1;
  return (
    <section className="flow import">
      <div className="bar">
        <Steps at={at} />
        <span className="grow" />
        <b className="file-name">{job.file}</b>
      </div>
      {failed}
      {job.state === "done" ? <Done job={job} /> : job.state === "failed" || job.state === "cancelled" ? <Over job={job} /> : job.state === "ready" ? (
        <Ready job={job} onApply={(choice) => attempt(() => api.imports.apply(id, choice))} onCheck={() => attempt(() => api.imports.check(id))} onCancel={() => attempt(() => api.imports.cancel(id))} />
      ) : <Running job={job} onCancel={() => attempt(() => api.imports.cancel(id))} />}
    </section>
  );
}

function Running({ job, onCancel }: { job: ImportJob; onCancel: () => Promise<void> }): ReactNode {
  const { t, lang } = useConsole();
  return (
    <div className="panel running">
      <h2>{t(`job_${job.state}`)}{job.stage ? ` · ${t(`stage_${job.stage}`)}` : ""}</h2>
      <Progress percent={Math.floor(job.progress * 100)} status="active" strokeColor="var(--yd-brand)" />
      <p className="hint" aria-live="polite">
        {job.total > 0 ? t("job_done_of", { done: job.done, total: job.total }) : t("job_begins")}
        {job.seconds_left ? ` · ${t("job_left", { time: spanText(job.seconds_left * 1000, lang) })}` : ""}
      </p>
      <Button disabled={job.cancelling ?? false} onClick={() => void onCancel()}>{t(job.cancelling ? "job_cancelling" : "job_cancel")}</Button>
    </div>
  );
}

interface ReadyProps {
  job: ImportJob;
  onApply: (choice: OnConflict) => Promise<void>;
  onCheck: () => Promise<void>;
  onCancel: () => Promise<void>;
}

function Ready({ job, onApply, onCheck, onCancel }: ReadyProps): ReactNode {
  const { t } = useConsole();
  const [choice, setChoice] = useState<OnConflict>("replace");
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const summary = job.summary;
  const written = (summary?.added ?? 0) + (choice === "replace" ? (summary?.replaced ?? 0) : 0);
  const apply = async () => {
    setAsking(false);
    setBusy(true);
    await onApply(choice);
    setBusy(false);
  };
  return (
    <>
      {job.error ? <Alert type="warning" showIcon title={job.error} action={<Button size="small" type="primary" onClick={() => void onCheck()}>{t("import_recheck")}</Button>} /> : null}
      <Report job={job} />
      <div className="panel apply">
        {(summary?.replaced ?? 0) > 0 && (
          <Radio.Group
            value={choice}
            onChange={(event) => setChoice(event.target.value as OnConflict)}
            options={[{ value: "replace", label: t("import_replace", { n: summary?.replaced ?? 0 }) }, { value: "skip", label: t("import_skip", { n: summary?.replaced ?? 0 }) }]}
          />
        )}
        <Space wrap>
          <Button type="primary" size="large" data-action="apply" disabled={written === 0} loading={busy} onClick={() => (choice === "replace" && (summary?.replaced ?? 0) > 0 ? setAsking(true) : void apply())}>{t("import_apply", { n: written })}</Button>
          <Button onClick={() => void onCancel()}>{t("import_drop")}</Button>
          {written === 0 && <span className="hint">{t("import_nothing")}</span>}
        </Space>
      </div>
      <Modal open={asking} title={t("import_sure", { n: written })} okText={t("import_apply", { n: written })} cancelText={t("cancel")} onOk={() => void apply()} onCancel={() => setAsking(false)}>
        <p>{t("import_sure_hint", { added: summary?.added ?? 0, replaced: summary?.replaced ?? 0 })}</p>
      </Modal>
    </>
  );
}

function Done({ job }: { job: ImportJob }): ReactNode {
  const { t } = useConsole();
  const [undoing, setUndoing] = useState(false);
  const revision = job.revision ?? 0;
  return (
    <>
      <Result
        className="panel"
        status="success"
        title={t("import_done", { n: job.applied ?? 0 })}
        subTitle={revision > 0 ? t("import_done_hint", { n: revision }) : t("import_done_same")}
        extra={[
          <Button key="look" type="primary" onClick={() => go("articles")}>{t("import_look")}</Button>,
          ...(revision > 0 ? [
            <Button key="history" onClick={() => go("publish", "history", revision)}>{t("import_history")}</Button>,
            <Button key="undo" danger type="text" data-action="undo" onClick={() => setUndoing(true)}>{t("import_undo")}</Button>,
          ] : []),
          <Button key="next" type="text" onClick={() => go("import")}>{t("import_next")}</Button>,
        ]}
      />
      <Report job={job} />
      {undoing && (
        <RollBack
          to={revision - 1}
          onClose={(done) => {
            setUndoing(false);
            if (done && done.number > 0) go("publish", "history", done.number);
          }}
        />
      )}
    </>
  );
}

function Over({ job }: { job: ImportJob }): ReactNode {
  const { t } = useConsole();
  return (
    <Result
      className="panel"
      status={job.state === "failed" ? "error" : "info"}
      title={t(job.state === "failed" ? "import_failed" : "import_cancelled")}
      subTitle={job.error ?? t("import_untouched")}
      extra={<Button type="primary" onClick={() => go("import")}>{t("import_next")}</Button>}
    />
  );
}
