export type Lang = "zh" | "en";
export type Params = Record<string, string | number>;

/** Texts of one page in one language; `{name}` marks a parameter. */
export type Texts<K extends string> = Readonly<Record<K, string>>;
export type Translate<K extends string> = (key: K, params?: Params) => string;

/** Picks the language: `?lang=`, then the stored choice, then the browser's; Chinese when none of them is English. */
export function pickLang(search: string, stored: string | null, browser: readonly string[]): Lang {
  const asked = new URLSearchParams(search).get("lang") ?? stored;
  for (const tag of asked ? [asked, ...browser] : browser) {
    const lower = tag.toLowerCase();
    if (lower.startsWith("zh")) return "zh";
    if (lower.startsWith("en")) return "en";
  }
  return "zh";
}

/** Makes the lookup of one language; an unknown parameter stays as it is written. */
export function translator<K extends string>(texts: Record<Lang, Texts<K>>, lang: Lang): Translate<K> {
  return (key, params) => {
    const text = texts[lang][key];
    return params ? text.replace(/\{(\w+)\}/g, (mark, name: string) => String(params[name] ?? mark)) : text;
  };
}

/** The page's language, from its address, storage and browser. */
export function pageLang(storageKey = "yingda.lang"): Lang {
  return pickLang(location.search, storedLang(storageKey), navigator.languages ?? [navigator.language]);
}

function storedLang(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be forbidden; the browser's language decides
  }
}
