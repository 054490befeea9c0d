import { type ReactNode, useCallback } from "react";
import { ApiError } from "../../shared/http";
import { RichText } from "../../shared/react/RichText";
import type { ConsoleApi } from "../api";
import { Shown } from "../parts/Shown";
import type { Key } from "../strings";
import type { FullArticle, ImportJob, ImportRow, Problem } from "../types";
import { useConsole, useLoad } from "../tools";

const shownPairs = 20;

interface Pair {
  problem: Problem;
  mine: FullArticle | null;
  theirs: FullArticle | null;
}

/** Rows that come near another article or contradict it, each beside the other. */
export function Collisions({ job, codes, nothing }: { job: ImportJob; codes: readonly string[]; nothing: Key }): ReactNode {
  const { api, t } = useConsole();
  const load = useLoad(useCallback((signal: AbortSignal) => pairsOf(api, job.id, codes, signal), [api, job.id, codes]));
  return (
    <Shown load={load} empty={({ pairs }) => (pairs.length === 0 ? t(nothing) : null)}>
      {({ pairs, total }) => (
        <div className="pairs">
          {pairs.map(({ problem, mine, theirs }, i) => (
            <article key={i} className="pair">
              <p className="pair-why">{problem.message}{problem.mend ? <span className="hint"> {problem.mend}</span> : null}</p>
              <Side title={t("pair_file", { n: problem.line })} article={mine} question={problem.question ?? ""} />
              <Side title={problem.other_line ? t("pair_file", { n: problem.other_line }) : t("pair_base")} article={theirs} question={problem.other ?? ""} />
            </article>
          ))}
          {total > pairs.length && <p className="hint">{t("pairs_more", { n: total - pairs.length })}</p>}
        </div>
      )}
    </Shown>
  );
}

function Side({ title, article, question }: { title: string; article: FullArticle | null; question: string }): ReactNode {
  const { t } = useConsole();
  return (
    <div className="side">
      <div className="caption">{title}</div>
      <b>{article?.question ?? question}</b>
      {article ? <RichText text={article.answer} markdown /> : <p className="hint">{t("pair_unknown")}</p>}
    </div>
  );
}

async function pairsOf(api: ConsoleApi, job: string, codes: readonly string[], signal: AbortSignal): Promise<{ pairs: Pair[]; total: number }> {
  const found = await Promise.all(codes.map((code) => api.imports.problems(job, { code, offset: 0, limit: shownPairs }, signal)));
  const problems = found.flatMap((page) => page.problems).slice(0, shownPairs);
  const total = found.reduce((sum, page) => sum + page.total, 0);
  const rows = await rowsFor(api, job, problems, signal);
  const pairs = await Promise.all(problems.map(async (problem): Promise<Pair> => {
    const mine = rows.find((row) => row.row === problem.row)?.article ?? null;
    const inFile = problem.other_line ? rows.find((row) => row.line === problem.other_line && (row.sheet ?? "") === (problem.other_sheet ?? "")) : undefined;
    if (inFile || !problem.other) return { problem, mine, theirs: inFile?.article ?? null };
    try {
      return { problem, mine, theirs: await api.article(problem.other, signal) };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return { problem, mine, theirs: null }; // deleted since the check
      throw error;
    }
  }));
  return { pairs, total };
}

/** The first rows of the file, as far as the problems reach; at most 5 000. */
async function rowsFor(api: ConsoleApi, job: string, problems: readonly Problem[], signal: AbortSignal): Promise<ImportRow[]> {
  const last = Math.max(0, ...problems.flatMap((problem) => [problem.row ?? 0, problem.other_line ?? 0]));
  const pages = await Promise.all(Array.from({ length: Math.min(10, Math.ceil(last / 500)) }, (_, i) => api.imports.rows(job, i * 500, 500, signal)));
  return pages.flat();
}
