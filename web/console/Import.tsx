import { InboxOutlined } from "@ant-design/icons";
import { Alert, Button, Space, Statistic, Table, Upload } from "antd";
import { type ReactNode, useState } from "react";
import type { ImportProblem, ImportReport } from "../shared/types";
import { errorText, useConsole } from "./tools";

const sizeLimit = 10 * 1024 * 1024;
const counts = ["rows", "added", "replaced", "unchanged", "rejected"] as const;

/** Import of a file: first a dry run with its report, then the import itself. */
export function Import(): ReactNode {
  const { api, t } = useConsole();
  const [file, setFile] = useState<File | null>(null);
  const [report, setReport] = useState<{ done: boolean; result: ImportReport } | null>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);

  const pick = (picked: File) => {
    setReport(null);
    setFile(null);
    if (!/\.(csv|jsonl)$/i.test(picked.name)) setError(t("import_kind"));
    else if (picked.size > sizeLimit) setError(t("import_big"));
    else {
      setError("");
      setFile(picked);
    }
    return false; // nothing is uploaded by choosing
  };
  const run = async (dryRun: boolean) => {
    if (!file) return;
    setBusy(true);
    setError("");
    try {
      const format = /\.jsonl$/i.test(file.name) ? "jsonl" : "csv";
      setReport({ done: !dryRun, result: await api.importFile(file, format, dryRun) });
    } catch (cause) {
      setError(errorText(cause));
    }
    setBusy(false);
  };
  const good = report ? report.result.added + report.result.replaced : 0;
  return (
    <section className="import">
      <h2>{t("import_title")}</h2>
      <p className="hint">{t("import_hint")}</p>
      <Upload.Dragger accept=".csv,.jsonl" maxCount={1} showUploadList={false} beforeUpload={pick}>
        <p className="ant-upload-drag-icon"><InboxOutlined /></p>
        <p>{file ? t("import_picked", { name: file.name, size: `${Math.max(1, Math.round(file.size / 1024))} kB` }) : t("import_pick")}</p>
      </Upload.Dragger>
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} />}
      <Space wrap>
        <Button type={report ? "default" : "primary"} disabled={!file} loading={busy} onClick={() => void run(true)}>{t("import_check")}</Button>
        {report && !report.done && <Button type="primary" disabled={good === 0} loading={busy} onClick={() => void run(false)}>{t("import_run")}</Button>}
      </Space>
      {report && (
        <div className="report">
          <h2>{t(report.done ? "import_done" : "import_checked")}</h2>
          <div className="counts">
            {counts.map((name) => <Statistic key={name} title={t(name)} value={report.result[name]} styles={name === "rejected" && report.result.rejected > 0 ? { content: { color: "var(--yd-danger)" } } : {}} />)}
          </div>
          {!report.done && (
            <Alert
              showIcon
              type={report.result.rejected === 0 ? "success" : good > 0 ? "warning" : "error"}
              title={t(report.result.rejected === 0 ? "import_ok" : good > 0 ? "import_partial" : "import_none")}
            />
          )}
          {(report.result.problems?.length ?? 0) > 0 && (
            <Table<ImportProblem>
              size="small"
              rowKey={(problem) => `${problem.line}/${problem.field ?? ""}/${problem.code}`}
              dataSource={report.result.problems ?? []}
              pagination={{ pageSize: 20, hideOnSinglePage: true }}
              columns={[{ title: t("line"), dataIndex: "line", width: 72 }, { title: t("field"), dataIndex: "field", width: 120 }, { title: t("problem"), dataIndex: "message" }]}
            />
          )}
        </div>
      )}
    </section>
  );
}
