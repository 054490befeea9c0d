import { Button, Segmented, Tag } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { Rows } from "../parts/Rows";
import { Shown } from "../parts/Shown";
import type { ImportJob, Problem, Severity } from "../types";
import { labelOf, useConsole, useLoad } from "../tools";

const pageSize = 50;

/** The problems of a file: where, what and why, and how to mend it. */
export function Problems({ job }: { job: ImportJob }): ReactNode {
  const { api, t } = useConsole();
  const [severity, setSeverity] = useState<Severity | "">("");
  const [offset, setOffset] = useState(0);
  const checked = job.summary?.checked_at;
  const read = useCallback(
    (signal: AbortSignal) => (checked ? api.imports.problems(job.id, { ...(severity ? { severity } : {}), offset, limit: pageSize }, signal) : Promise.resolve({ problems: [], total: 0 })),
    [api, job.id, severity, offset, checked],
  );
  const load = useLoad(read);
  return (
    <>
      <div className="bar">
        <Segmented<Severity | "">
          value={severity}
          onChange={(next) => {
            setSeverity(next);
            setOffset(0);
          }}
          options={[
            { value: "", label: t("severity_all") },
            { value: "error", label: t("severity_error_n", { n: job.summary?.errors ?? 0 }) },
            { value: "warning", label: t("severity_warning_n", { n: job.summary?.warnings ?? 0 }) },
          ]}
        />
      </div>
      <Shown load={load} empty={(page) => (page.total === 0 ? t("problems_none") : null)}>
        {(page) => (
          <>
            <Rows<Problem>
              rows={page.problems}
              busy={load.busy}
              rowKey={(problem) => `${problem.sheet ?? ""}/${problem.line}/${problem.code}/${problem.field ?? ""}/${problem.message}`}
              columns={[
                { key: "question", title: t("problem_row"), width: 230, render: (problem) => <div><b>{problem.line > 0 ? t("line_n", { n: problem.line }) : t("whole_file")}</b>{problem.sheet ? ` · ${problem.sheet}` : ""}<div className="excerpt">{problem.question ?? ""}</div></div> },
                { key: "severity", title: t("severity"), width: 84, render: (problem) => <Tag color={problem.severity === "error" ? "red" : "gold"}>{t(`severity_${problem.severity}`)}</Tag> },
                { key: "message", title: t("problem_why"), render: (problem) => <>{problem.field ? <Tag>{labelOf("field", problem.field, t)}</Tag> : null}{problem.message}</> },
                { key: "mend", title: t("problem_mend"), render: (problem) => problem.mend ?? "" },
              ]}
            />
            {page.total > pageSize && (
              <div className="more">
                <Button disabled={offset === 0} onClick={() => setOffset(offset - pageSize)}>{t("page_before")}</Button>
                <span className="hint">{t("page_of", { from: offset + 1, to: Math.min(offset + pageSize, page.total), total: page.total })}</span>
                <Button disabled={offset + pageSize >= page.total} onClick={() => setOffset(offset + pageSize)}>{t("page_next")}</Button>
              </div>
            )}
          </>
        )}
      </Shown>
    </>
  );
}
