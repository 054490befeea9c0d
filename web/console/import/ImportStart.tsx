import { DownloadOutlined, DownOutlined, InboxOutlined } from "@ant-design/icons";
import { Alert, Button, Checkbox, Dropdown, Select, Spin, Tag, Upload } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { ApiError } from "../../shared/http";
import { randomId } from "../../shared/ids";
import { Rows } from "../parts/Rows";
import { Shown } from "../parts/Shown";
import type { ImportJob, TablePreview } from "../types";
import { errorText, go, timeText, useConsole, useLoad } from "../tools";
import { Mapping } from "./Mapping";
import { Steps } from "./Steps";

const sizeLimit = 50 * 1024 * 1024;
const formats = [["xlsx", "Excel (.xlsx)"], ["csv", "CSV"], ["jsonl", "JSON Lines"], ["md", "Markdown"], ["html", "HTML"], ["rasa", "Rasa YAML"], ["tsv", "TSV"], ["json", "JSON"]] as const;
const stateColour = { waiting: "default", reading: "processing", checking: "processing", ready: "gold", applying: "processing", done: "green", failed: "red", cancelled: "default" } as const;

interface Chosen {
  file: File;
  key: string;
  tables: TablePreview[];
  fields: string[];
}

/** A menu of files in every format. */
function Files({ path, label, picked }: { path: string; label: string; picked: readonly string[] }): ReactNode {
  const items = formats.filter(([format]) => picked.includes(format)).map(([format, name]) => ({ key: format, label: <a href={`${path}?format=${format}`} download>{name}</a> }));
  return <Dropdown trigger={["click"]} menu={{ items }}><Button icon={<DownloadOutlined />}>{label} <DownOutlined /></Button></Dropdown>;
}

/** The first step: a file, what its columns hold, and the imports before. */
export function ImportStart(): ReactNode {
  const { api, t, lang } = useConsole();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [mapping, setMapping] = useState<Record<string, string>>({});
  const [sheet, setSheet] = useState("");
  const [checkLinks, setCheckLinks] = useState(false);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const jobs = useLoad(useCallback((signal: AbortSignal) => api.imports.jobs(signal), [api]));

  const look = async (file: File) => {
    setError("");
    setChosen(null);
    setMapping({});
    setSheet("");
    if (file.size > sizeLimit) return setError(t("import_big"));
    setBusy(true);
    try {
      const { tables, fields } = await api.imports.headings(file);
      setChosen({ file, key: randomId("im_"), tables, fields });
    } catch (cause) {
      // Markdown, Rasa files and pages without tables have no columns to settle.
      if (cause instanceof ApiError && cause.code === "unsupported") setChosen({ file, key: randomId("im_"), tables: [], fields: [] });
      else setError(errorText(cause));
    }
    setBusy(false);
  };
  const start = async () => {
    if (!chosen) return;
    setBusy(true);
    setError("");
    try {
      const job = await api.imports.submit(chosen.file, { mapping, sheet, checkLinks }, chosen.key);
      go("import", job.id);
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
      setChosen({ ...chosen, key: randomId("im_") });
    }
  };
  const tables = chosen?.tables.filter((table) => sheet === "" || table.sheet === sheet) ?? [];
  return (
    <section className="flow import">
      <div className="bar">
        <Steps at={0} />
        <span className="grow" />
        <Files path="/v1/articles/template" label={t("import_template")} picked={["xlsx", "csv", "jsonl", "md", "rasa"]} />
        <Files path="/v1/articles/export" label={t("import_export")} picked={formats.map(([format]) => format)} />
      </div>
      <Upload.Dragger
        className={chosen ? "drop small" : "drop"} maxCount={1} showUploadList={false}
        beforeUpload={(file) => {
          void look(file);
          return false; // the page uploads by itself
        }}
      >
        {chosen ? <p><b>{chosen.file.name}</b> <span className="hint">{sizeText(chosen.file.size)} · {t("import_other")}</span></p> : (
          <>
            <p className="ant-upload-drag-icon"><InboxOutlined /></p>
            <p>{t("import_pick")}</p>
            <p className="hint">{t("import_formats")}</p>
          </>
        )}
      </Upload.Dragger>
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} />}
      {busy && !chosen && <Spin className="waiting" description={t("import_looking")}><div className="waiting-room" /></Spin>}
      {chosen && (
        <div className="panel">
          {chosen.tables.length > 1 && (
            <div className="field-row">
              <label htmlFor="sheet">{t("import_sheet")}</label>
              <Select id="sheet" value={sheet} onChange={setSheet} style={{ minWidth: 200 }} options={[{ value: "", label: t("import_sheets_all", { n: chosen.tables.length }) }, ...chosen.tables.map((table) => ({ value: table.sheet ?? "", label: table.sheet ?? "" }))]} />
            </div>
          )}
          {tables.length === 0 && <p className="hint">{t("import_no_columns")}</p>}
          {tables.map((table, i) => <Mapping key={`${table.sheet ?? ""}/${i}`} table={table} fields={chosen.fields} mapping={mapping} onChange={setMapping} />)}
          <Checkbox checked={checkLinks} onChange={(event) => setCheckLinks(event.target.checked)}>{t("import_links")}</Checkbox>
          <div className="actions"><Button type="primary" size="large" data-action="check" loading={busy} onClick={() => void start()}>{t("import_check")}</Button><span className="hint">{t("import_check_hint")}</span></div>
        </div>
      )}
      {!chosen && !busy && (
        <div className="panel">
          <h2>{t("import_before")}</h2>
          <Shown load={jobs} empty={(list) => (list.length === 0 ? t("import_never") : null)}>
            {(list) => (
              <Rows<ImportJob>
                rows={list} rowKey={(job) => job.id} pageSize={10} onOpen={(job) => go("import", job.id)}
                columns={[
                  { key: "file", title: t("import_file"), render: (job) => <button type="button" className="plain">{job.file || job.id}</button> },
                  { key: "state", title: t("state"), width: 110, render: (job) => <Tag color={stateColour[job.state]}>{t(`job_${job.state}`)}</Tag> },
                  { key: "rows", title: t("import_rows"), width: 90, figure: true, render: (job) => job.summary?.rows ?? "" },
                  { key: "author", title: t("author"), width: 110, render: (job) => job.author ?? "" },
                  { key: "created", title: t("time"), width: 140, render: (job) => timeText(job.created, lang) },
                ]}
              />
            )}
          </Shown>
        </div>
      )}
    </section>
  );
}

function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
