import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button, Tabs } from "antd";
import type { ReactNode } from "react";
import type { ImportJob } from "../types";
import { labelOf, useConsole } from "../tools";
import { Collisions } from "./Collisions";
import { Problems } from "./Problems";

/** What a check found: how the file was read, counts, problems, near copies and contradictions. */
export function Report({ job }: { job: ImportJob }): ReactNode {
  const { api, t } = useConsole();
  const summary = job.summary;
  if (!summary) return null;
  const good = summary.added + summary.replaced + summary.unchanged;
  const verdict = summary.rejected === 0 && summary.warnings === 0 ? "ok" : good === 0 ? "none" : summary.rejected > 0 ? "partial" : "warned";
  const read = [summary.format?.toUpperCase(), summary.encoding, t("import_wordings", { n: summary.wordings })].filter((text) => text);
  const skipped = summary.sheets?.filter((sheet) => sheet.skipped) ?? [];
  const problems = summary.errors + summary.warnings;
  return (
    <div className="panel report">
      <div className="panel-head">
        <h2>{t("report")}</h2>
        <span className="hint">{t("import_read_as", { how: read.join(" · ") })}{summary.sheets && summary.sheets.length > 1 ? ` · ${summary.sheets.map((sheet) => `${sheet.name} ${sheet.rows}`).join("，")}` : ""}</span>
        <span className="grow" />
        {problems > 0 && <Button icon={<DownloadOutlined />} href={api.imports.problemsFile(job.id)} download>{t("import_problem_rows")}</Button>}
      </div>
      <div className="counts">
        {(["rows", "added", "replaced", "unchanged", "rejected", "warnings"] as const).map((name) => (
          <div key={name} className={`count ${name === "rejected" && summary.rejected > 0 ? "bad" : name === "warnings" && summary.warnings > 0 ? "warned" : ""}`}><b>{summary[name]}</b><span>{t(`count_${name}`)}</span></div>
        ))}
      </div>
      {job.state === "ready" && <Alert showIcon type={verdict === "ok" ? "success" : verdict === "none" ? "error" : "warning"} title={t(`verdict_${verdict}`)} />}
      {skipped.length > 0 && <Alert showIcon type="info" title={skipped.map((sheet) => `${sheet.name}：${labelOf("skipped", sheet.skipped ?? "", t)}`).join("；")} />}
      {problems > 0 && (
        <Tabs
          items={[
            { key: "problems", label: t("tab_problems", { n: problems }), children: <Problems job={job} /> },
            { key: "near", label: t("tab_near", { n: summary.near_copies }), children: <Collisions job={job} codes={nearCodes} nothing="near_none" /> },
            { key: "contradicts", label: t("tab_contradicts"), children: <Collisions job={job} codes={clashCodes} nothing="clash_none" /> },
          ]}
        />
      )}
    </div>
  );
}

const nearCodes = ["near_copy", "same_wording", "duplicate"] as const;
const clashCodes = ["other_answer", "new_answer", "different_answers"] as const;
