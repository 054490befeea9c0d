import type { Lang, Texts } from "../../shared/i18n";

/** Texts with their translation: Chinese first, English second. */
export type Pairs<K extends string> = Readonly<Record<K, readonly [zh: string, en: string]>>;

/** Checks the shape of texts and keeps their names. */
export function pairs<K extends string>(texts: Pairs<K>): Pairs<K> {
  return texts;
}

/** The texts of each language. */
export function bothLanguages<K extends string>(texts: Pairs<K>): Record<Lang, Texts<K>> {
  const side = (i: 0 | 1) => Object.fromEntries(Object.keys(texts).map((key) => [key, texts[key as K][i]])) as Texts<K>;
  return { zh: side(0), en: side(1) };
}
