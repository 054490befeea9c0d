import { pageLang, translator, type Lang } from "../shared/i18n";
import { cssVariables, dark, fontStack, light } from "../shared/tokens";
import { h } from "./dom";
import { Memory, pageShelf } from "./memory";
import { Panel } from "./panel";
import { ChatSession } from "./session";
import { strings } from "./strings";
import css from "./style.css?inline";

/**
 * Settings are attributes of the script element; the page's injected
 * configuration stands in for those left out:
 *
 *   <script src="https://shop.example/widget.js" data-key="yd_visitor_…" defer></script>
 *
 * data-key (visitor key), data-server (other origin than the script's),
 * data-customer with data-customer-signature (a signed-in customer),
 * data-lang (zh, en), data-theme (light, dark; else the system's),
 * data-page and data-product (shown to the agent), data-open (opens at once).
 */
function boot(script: HTMLScriptElement | null): void {
  const data = script?.dataset ?? {};
  const config = window.__YINGDA__ ?? {};
  const key = data["key"] ?? config.visitorKey ?? "";
  if (key === "") {
    console.error("yingda: data-key of the widget's script is missing: set it to the bot's visitor key");
    return;
  }
  const server = (data["server"] ?? (script?.src ? new URL(script.src).origin : "")).replace(/\/+$/, "");
  const lang: Lang = data["lang"] === "en" || data["lang"] === "zh" ? data["lang"] : pageLang();
  const customer = data["customer"] ?? config.customer;
  const attributes = { page: data["page"] ?? location.pathname, ...(data["product"] ? { product: data["product"] } : {}) };
  const session = new ChatSession({
    server: server === location.origin ? "" : server,
    visitorKey: key,
    memory: new Memory(pageShelf(), `${config.bot ?? key.slice(-12)}.${customer ?? "guest"}`),
    customer,
    customerSignature: data["customerSignature"] ?? config.customerSignature,
    attributes,
  });

  const host = h("div", { id: "yingda-chat", lang: lang === "zh" ? "zh-CN" : "en" });
  const theme = data["theme"];
  const scheme =
    theme === "dark" ? `:host{${cssVariables(dark)}color-scheme:dark}`
    : theme === "light" ? `:host{${cssVariables(light)}color-scheme:light}`
    : `:host{${cssVariables(light)}color-scheme:light}@media (prefers-color-scheme:dark){:host{${cssVariables(dark)}color-scheme:dark}}`;
  const shadow = host.attachShadow({ mode: "open" });
  const panel = new Panel(session, translator(strings, lang), lang);
  shadow.append(h("style", {}, `${scheme}.root{font-family:${fontStack}}${css}`), panel.root);
  document.body.append(host);

  document.addEventListener("visibilitychange", () => panel.pageVisible(document.visibilityState === "visible"));
  window.addEventListener("online", () => session.online());
  window.addEventListener("offline", () => panel.render());
  window.addEventListener("pagehide", () => session.pause());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) session.wake(); // back from the page cache
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("[data-yingda-open]") : null;
    if (target) panel.begin(target.getAttribute("data-yingda-open") ?? "");
  });
  if (data["open"] !== undefined) panel.toggle(true);
  else if (session.remembered) void session.open(); // to count what came while the visitor was away
}

const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
if (document.body) boot(script);
else document.addEventListener("DOMContentLoaded", () => boot(script));
