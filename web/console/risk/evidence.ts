import type { Why } from "../types";

export type Evidence = "meaning" | "answer_meaning" | "words" | "answer_words" | "entities" | "topic" | "prior" | "query" | "other";

/** What the features of kb/hybrid speak of. */
const kinds: Readonly<Record<string, Evidence>> = {
  cosine: "meaning", cosine_mean: "meaning", cosine_square: "meaning", cosine_product: "meaning", adapted: "meaning", adapted_mean: "meaning",
  cosine_answer: "answer_meaning", adapted_answer: "answer_meaning",
  words: "words", grams: "words", near: "words", cover: "words", repeat: "words",
  words_answer: "answer_words", grams_answer: "answer_words",
  entity_agree: "entities", entity_clash: "entities",
  category_share: "topic", on_topic: "topic", topic_category: "topic", joined: "topic", alone: "topic",
  prior: "prior",
};

/** The parts of an explanation summed by what they speak of, the greatest effect first; those of no weight are left out. */
export function weighed(parts: Why["parts"]): { kind: Evidence; logOdds: number }[] {
  const sums = new Map<Evidence, number>();
  for (const part of parts) {
    const kind = part.feature.startsWith("none_") ? "query" : (kinds[part.feature] ?? "other");
    sums.set(kind, (sums.get(kind) ?? 0) + part.log_odds);
  }
  return [...sums].map(([kind, logOdds]) => ({ kind, logOdds })).filter((one) => Math.abs(one.logOdds) >= 0.05).sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds));
}
