import { translator, type Lang } from "../shared/i18n";
import { cssVariables, dark, light } from "../shared/tokens";
import { strings, type Key } from "./strings";

/** A product: name, price in yuan, price before, tile colour and drawing (one path on 64 × 64). */
const products: { name: Key; price: string; was: string; tint: string; shape: string }[] = [
  { name: "jacket", price: "399", was: "469", tint: "#e3edf7", shape: "M24 8c2 4 14 4 16 0l10 5 6 22-7 2-4-12v31H19V25l-4 12-7-2 6-22 10-5Zm7 10h2v34h-2V18Z" },
  { name: "humidifier", price: "79", was: "99", tint: "#dff0ea", shape: "M20 26c0-8 5-14 12-14s12 6 12 14v26a4 4 0 0 1-4 4H24a4 4 0 0 1-4-4V26Zm4 16h16v-3H24v3Zm8-36 3 4h-6l3-4Z" },
  { name: "steamer", price: "169", was: "199", tint: "#f7ebe2", shape: "M14 14h26a6 6 0 0 1 6 6v4H14V14Zm12 12h14l-3 12 6 14a4 4 0 0 1-4 6h-4a4 4 0 0 1-4-3l-5-17V26ZM8 14h3v10H8V14Z" },
  { name: "pot", price: "159", was: "189", tint: "#f6e4e0", shape: "M30 12h4v5h-4v-5Zm-16 8h36v5H14v-5Zm2 7h32v17a6 6 0 0 1-6 6H22a6 6 0 0 1-6-6V27ZM8 29h6v6h-3a3 3 0 0 1-3-3v-3Zm42 0h6v3a3 3 0 0 1-3 3h-3v-6Z" },
  { name: "bottle", price: "89", was: "109", tint: "#e9e6f4", shape: "M26 6h12v7H26V6Zm-3 9h18v4l2 5v30a4 4 0 0 1-4 4H25a4 4 0 0 1-4-4V24l2-5v-4Zm2 19h14v3H25v-3Z" },
  { name: "nuts", price: "128", was: "148", tint: "#f5efdc", shape: "M16 12h32l-3 6 3 36a3 3 0 0 1-3 3H19a3 3 0 0 1-3-3l3-36-3-6Zm16 16c-5 0-8 4-8 9s4 9 8 9 8-4 8-9-3-9-8-9Zm0 5c2 2 2 6 0 9-2-3-2-7 0-9Z" },
];

/** Draws the demo shop. `data-yingda-open` elements open the widget. */
export function renderShop(root: Element, lang: Lang): void {
  const t = translator(strings, lang);
  const config = window.__YINGDA__ ?? {};
  document.title = t("title");
  const style = document.createElement("style");
  style.textContent = `:root{${cssVariables(light)}}@media (prefers-color-scheme:dark){:root{${cssVariables(dark)}}}`;
  document.head.append(style);

  const bar = element("header", "bar", [
    element("div", "brand", [element("span", "mark", ["云"]), element("b", "", [t("shop")]), element("span", "slogan", [t("slogan")])]),
    element("nav", "", [link("/desk/", t("desk")), link("/console/", t("console")), language(lang)]),
  ]);
  const hero = element("section", "hero", [
    element("h1", "", [t("slogan")]),
    element("p", "", [t("intro")]),
    opener("primary", t("chat")),
    element("p", "who", [config.customer ? t("signed_in", { customer: config.customer }) : t("guest")]),
  ]);
  const shelf = element("section", "shelf", [
    element("h2", "", [t("hot")]),
    element("div", "grid", products.map((product) => card(product, t(product.name), t("ask"), t("ask_text", { name: translator(strings, "zh")(product.name) })))),
  ]);
  const tries = element("section", "tries", [
    element("h2", "", [t("try")]),
    element("div", "hints", (["faq", "track", "person"] as const).map((kind) =>
      element("article", "", [element("h3", "", [t(`try_${kind}`)]), element("p", "", [t(`try_${kind}_text`)])]),
    )),
  ]);
  root.replaceChildren(bar, element("main", "", [hero, shelf, tries]), element("footer", "", [t("footer", { version: config.version ?? "dev" })]));
}

function card(product: (typeof products)[number], name: string, ask: string, question: string): HTMLElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 64 64");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", product.shape);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  const tile = element("div", "tile", [svg]);
  tile.style.setProperty("--tint", product.tint);
  const price = element("p", "price", [element("b", "", [`¥${product.price}`]), element("s", "", [`¥${product.was}`])]);
  return element("article", "card", [tile, element("h3", "", [name]), price, opener("quiet", ask, question)]);
}

function element(tag: string, name: string, children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  if (name !== "") made.className = name;
  made.append(...children);
  return made;
}

function link(href: string, text: string): HTMLElement {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = text;
  return made;
}

/** A button that opens the chat, with a question begun in its text field. */
function opener(name: string, text: string, question = ""): HTMLElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.dataset["yingdaOpen"] = question;
  made.textContent = text;
  return made;
}

function language(lang: Lang): HTMLElement {
  const made = document.createElement("a");
  made.href = lang === "zh" ? "?lang=en" : "?lang=zh";
  made.textContent = lang === "zh" ? "English" : "中文";
  made.lang = lang === "zh" ? "en" : "zh-CN";
  return made;
}
