import type { Lang } from "../i18n";

/** Changes the page to the other language and remembers it. */
export function switchLang(from: Lang): void {
  const to = from === "zh" ? "en" : "zh";
  const url = new URL(location.href);
  try {
    localStorage.setItem("yingda.lang", to);
    url.searchParams.delete("lang");
  } catch {
    url.searchParams.set("lang", to); // without storage, the address remembers
  }
  location.assign(url.href);
  if (url.href === location.href || url.hash !== "") location.reload();
}
