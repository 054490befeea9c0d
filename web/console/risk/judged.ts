import type { Judged } from "../types";

/**
 * Reads judged questions: JSON Lines of {"query", "kb_ids"}, or CSV of question
 * and article id, a question on several lines having several ids. A line that is
 * neither throws an Error with its number.
 */
export function readJudged(text: string): Judged[] {
  const found = new Map<string, Set<string>>();
  const add = (query: string, ids: readonly string[]) => {
    const known = found.get(query) ?? new Set<string>();
    for (const id of ids) if (id !== "") known.add(id);
    found.set(query, known);
  };
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  const json = lines.find((line) => line.trim() !== "")?.trimStart().startsWith("{") ?? false;
  lines.forEach((line, i) => {
    if (line.trim() === "") return;
    if (json) add(...fromJson(line, i + 1));
    else {
      const [query = "", id = ""] = cells(line);
      if (i === 0 && /^(问题|query|question)$/i.test(query.trim())) return;
      if (query.trim() === "") throw new Error(`第 ${i + 1} 行没有问题 (line ${i + 1} has no question)`);
      add(query.trim(), [id.trim()]);
    }
  });
  return [...found].map(([query, ids]) => ({ query, article_ids: [...ids] }));
}

function fromJson(line: string, n: number): [string, string[]] {
  const bad = new Error(`第 ${n} 行不是 {"query", "kb_ids"} (line ${n} is not {"query", "kb_ids"})`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw bad;
  }
  const { query, kb_ids: ids } = (value ?? {}) as { query?: unknown; kb_ids?: unknown };
  if (typeof query !== "string" || query.trim() === "" || !Array.isArray(ids) || ids.some((id) => typeof id !== "string")) throw bad;
  return [query.trim(), ids as string[]];
}

/** The cells of a line of CSV; quotes keep commas, two quotes are one. */
function cells(line: string): string[] {
  const out: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? "";
    if (quoted && char === '"' && line[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (char === '"' && (quoted || cell === "")) quoted = !quoted;
    else if (char === "," && !quoted) {
      out.push(cell);
      cell = "";
    } else cell += char;
  }
  out.push(cell);
  return out;
}
