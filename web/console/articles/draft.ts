import type { ArticleBody, FullArticle, Variant } from "../types";

/** The fields of the editor: other wordings one a line, times as datetime-local values. */
export interface ArticleForm extends Required<Pick<FullArticle, "question" | "answer" | "owner" | "review">> {
  similar: string;
  category: string;
  from: string;
  until: string;
  answerAt: number;
  blocks: NonNullable<FullArticle["blocks"]>;
  variants: VariantForm[];
  attachments: NonNullable<FullArticle["attachments"]>;
}

export interface VariantForm {
  channels: string[];
  tags: string[];
  from: string;
  until: string;
  answer: string;
  blocks: NonNullable<FullArticle["blocks"]>;
}

export function formOf(article: Partial<FullArticle> | null): ArticleForm {
  return {
    question: article?.question ?? "",
    similar: (article?.similar ?? []).join("\n"),
    answer: article?.answer ?? "",
    category: article?.category ?? "",
    from: localTime(article?.valid_from),
    until: localTime(article?.valid_until),
    answerAt: article?.answer_at ?? 0,
    owner: article?.owner ?? "",
    review: article?.review ?? "",
    blocks: article?.blocks ?? [],
    variants: (article?.variants ?? []).map((variant) => ({
      channels: variant.channels ?? [], tags: variant.tags ?? [], from: localTime(variant.valid_from), until: localTime(variant.valid_until), answer: variant.answer, blocks: variant.blocks ?? [],
    })),
    attachments: article?.attachments ?? [],
  };
}

/** The article as it is sent: trimmed, empty and repeated wordings left out, times with their offset. */
export function bodyOf(form: ArticleForm): ArticleBody {
  const question = form.question.trim();
  const similar = [...new Set(form.similar.split("\n").map((line) => line.trim()))].filter((line) => line !== "" && line !== question);
  return {
    question,
    similar,
    answer: form.answer.trim(),
    category: form.category.trim(),
    ...period(form),
    ...(form.answerAt > 0 ? { answer_at: form.answerAt } : {}),
    ...(form.owner.trim() ? { owner: form.owner.trim() } : {}),
    ...(form.review ? { review: form.review } : {}),
    ...(form.blocks.length > 0 ? { blocks: form.blocks } : {}),
    ...(form.variants.length > 0 ? { variants: form.variants.map(variantOf) } : {}),
    ...(form.attachments.length > 0 ? { attachments: form.attachments } : {}),
  };
}

function variantOf(form: VariantForm): Variant {
  return {
    answer: form.answer.trim(),
    ...(form.channels.length > 0 ? { channels: form.channels } : {}),
    ...(form.tags.length > 0 ? { tags: form.tags } : {}),
    ...period(form),
    ...(form.blocks.length > 0 ? { blocks: form.blocks } : {}),
  };
}

function period({ from, until }: { from: string; until: string }): { valid_from?: string; valid_until?: string } {
  const begin = instant(from);
  const end = instant(until);
  return { ...(begin ? { valid_from: begin } : {}), ...(end ? { valid_until: end } : {}) };
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

export type Sign = "draft" | "review" | "outdated" | "expired" | "variants";

/** What a trainer should know of an article at a glance. */
export function signsOf(article: FullArticle, drafts: ReadonlySet<string>, now: number): Sign[] {
  const until = article.valid_until ? Date.parse(article.valid_until) : Infinity;
  const signs: Sign[] = [];
  if (drafts.has(article.id)) signs.push("draft");
  if (article.review === "review" || article.review === "outdated") signs.push(article.review);
  if (until <= now) signs.push("expired");
  if ((article.variants?.length ?? 0) > 0) signs.push("variants");
  return signs;
}
