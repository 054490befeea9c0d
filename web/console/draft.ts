import type { Article } from "../shared/types";
import type { ArticleDraft } from "./api";

/** The fields of the article form: other wordings one a line, times as datetime-local values. */
export interface ArticleForm {
  question: string;
  similar: string;
  answer: string;
  category: string;
  from: string;
  until: string;
}

export function formOf(article: Article | null): ArticleForm {
  return {
    question: article?.question ?? "",
    similar: (article?.similar ?? []).join("\n"),
    answer: article?.answer ?? "",
    category: article?.category ?? "",
    from: localTime(article?.valid_from),
    until: localTime(article?.valid_until),
  };
}

/** The article as it is sent: trimmed, empty and repeated wordings left out, times with their offset. */
export function draftOf(form: ArticleForm): ArticleDraft {
  const question = form.question.trim();
  const similar = [...new Set(form.similar.split("\n").map((line) => line.trim()))].filter((line) => line !== "" && line !== question);
  const from = instant(form.from);
  const until = instant(form.until);
  return {
    question,
    similar,
    answer: form.answer.trim(),
    category: form.category.trim(),
    ...(from ? { valid_from: from } : {}),
    ...(until ? { valid_until: until } : {}),
  };
}

function localTime(text: string | null | undefined): string {
  const at = text ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) return "";
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function instant(local: string): string | null {
  const at = local === "" ? NaN : new Date(local).getTime();
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** The text of a message cut at its entities; offsets count code points. */
export function pieces<E extends { start: number; end: number }>(text: string, entities: readonly E[]): { text: string; entity: E | null }[] {
  const points = [...text];
  const out: { text: string; entity: E | null }[] = [];
  let at = 0;
  for (const entity of [...entities].sort((a, b) => a.start - b.start)) {
    if (entity.start < at || entity.end > points.length) continue; // overlaps one already shown
    if (entity.start > at) out.push({ text: points.slice(at, entity.start).join(""), entity: null });
    out.push({ text: points.slice(entity.start, entity.end).join(""), entity });
    at = entity.end;
  }
  if (at < points.length) out.push({ text: points.slice(at).join(""), entity: null });
  return out;
}
