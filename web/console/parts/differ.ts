import type { DiffField, DiffLine, FullArticle } from "../types";

/** The fields in which a draft differs from what is published (null: nothing is), in the order and form of the server's differences. */
export function differ(before: FullArticle | null, after: FullArticle): DiffField[] {
  const out: DiffField[] = [];
  const short = (field: string, from: string, to: string) => {
    if (from !== to) out.push({ field, from, to });
  };
  const long = (field: string, from: string, to: string) => {
    if (from !== to) out.push({ field, lines: lines(from, to) });
  };
  const old = before?.similar ?? [];
  const now = after.similar ?? [];
  short("question", before?.question ?? "", after.question);
  const added = now.filter((text) => !old.includes(text));
  const removed = old.filter((text) => !now.includes(text));
  if (added.length + removed.length > 0) out.push({ field: "similar", added, removed });
  long("answer", before?.answer ?? "", after.answer);
  short("category", before?.category ?? "", after.category ?? "");
  short("valid_from", before?.valid_from ?? "", after.valid_from ?? "");
  short("valid_until", before?.valid_until ?? "", after.valid_until ?? "");
  for (const field of ["blocks", "variants", "attachments"] as const) long(field, spelled(before?.[field]), spelled(after[field]));
  short("answer_at", before?.answer_at ? String(before.answer_at) : "", after.answer_at ? String(after.answer_at) : "");
  short("owner", before?.owner ?? "", after.owner ?? "");
  short("review", before?.review ?? "", after.review ?? "");
  return out;
}

function spelled(list: readonly unknown[] | null | undefined): string {
  return list && list.length > 0 ? JSON.stringify(list, null, 2) : "";
}

/** Compares two texts line by line by their longest common subsequence. */
export function lines(from: string, to: string): DiffLine[] {
  const a = from === "" ? [] : from.split("\n");
  const b = to === "" ? [] : to.split("\n");
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const out: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && left === right) {
      out.push({ op: "same", text: left });
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      out.push({ op: "remove", text: left });
      i++;
    } else {
      out.push({ op: "add", text: right ?? "" });
      j++;
    }
  }
  return out;
}
