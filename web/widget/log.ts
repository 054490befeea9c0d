import type { Lang, Translate } from "../shared/i18n";
import { clockText } from "../shared/time";
import type { BlockButton, Button } from "../shared/types";
import { safeAddress } from "../shared/markdown";
import { h, icon } from "./dom";
import { files, opens, richBlocks, richText } from "./rich";
import type { Key } from "./strings";
import type { Item, MessageItem, NoticeItem } from "./timeline";

export interface LogActions {
  /** The server's origin, for paths of its own files. */
  server: string;
  press(button: Button): void;
  pressBlock(button: BlockButton): void;
  /** Sends a question. */
  ask(question: string): void;
  rate(id: string, useful: boolean): void;
  retry(clientId: string): void;
  discard(clientId: string): void;
}

const separatorGap = 5 * 60_000;
/** Kinds of messages whose choices can be pressed at any time; those of others belong to one moment. */
const lasting = ["greeting", "answer", "suggest"];

/** What belongs to messages beside their words. */
export interface Extras {
  /** Questions near the last answer. */
  related: readonly string[];
  /** What the visitor said of messages, by id. */
  ratings: ReadonlyMap<string, boolean>;
}

/** The list of messages. It redraws only items that changed and keeps the reader's place. */
export class Log {
  readonly root: HTMLElement;
  private readonly list: HTMLElement;
  private readonly more: HTMLElement;
  private readonly typing: HTMLElement;
  private readonly drawn = new Map<string, { mark: string; element: HTMLElement }>();
  private readonly t: Translate<Key>;
  private readonly lang: Lang;
  private readonly actions: LogActions;
  private count = 0;
  private atEnd = true;

  constructor(t: Translate<Key>, lang: Lang, actions: LogActions) {
    this.t = t;
    this.lang = lang;
    this.actions = actions;
    this.list = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": t("log"), tabindex: 0 });
    this.typing = h("div", { class: "typing", role: "status", "aria-label": t("typing"), hidden: true }, h("i"), h("i"), h("i"));
    this.more = h("button", { class: "more", type: "button", hidden: true, onclick: () => this.toEnd(true) }, t("new_messages"));
    this.root = h("div", { class: "log-frame" }, this.list, this.more);
    this.list.addEventListener("scroll", () => {
      if (this.nearEnd()) this.more.hidden = true;
      this.atEnd = this.nearEnd();
    }, { passive: true });
    // The keyboard or a growing text field takes room: the last message stays in view.
    new ResizeObserver(() => {
      if (this.atEnd) this.toEnd(false);
    }).observe(this.list);
  }

  render(items: readonly Item[], typing: boolean, now: number, extras: Extras): void {
    const follow = this.nearEnd();
    const wanted: HTMLElement[] = [];
    let previous = 0;
    let lastVisitor = -1;
    items.forEach((item, i) => {
      if (item.kind === "message" && item.from === "visitor") lastVisitor = i;
    });
    items.forEach((item, i) => {
      if (item.at - previous > separatorGap) wanted.push(this.draw(`t:${item.key}`, clockText(item.at, now, this.lang), () => this.separator(item.at, now)));
      previous = item.at;
      if (item.kind === "notice") wanted.push(this.draw(item.key, item.to, () => this.notice(item)));
      else {
        const rating = item.id === undefined ? undefined : extras.ratings.get(item.id);
        wanted.push(this.draw(item.key, `${messageMark(item, i < lastVisitor)}|${rating}`, () => this.message(item, i < lastVisitor, rating)));
      }
    });
    if (extras.related.length > 0 && !typing) wanted.push(this.draw("related", extras.related.join("\n"), () => this.relatedTo(extras.related)));
    this.typing.hidden = !typing;
    this.place(wanted);
    const grew = items.length > this.count;
    const own = items.at(-1);
    if (follow || (grew && own?.kind === "message" && own.from === "visitor")) this.toEnd(false);
    else if (items.length > this.count) this.more.hidden = false;
    this.count = items.length;
  }

  /** Scrolls to the last message. */
  toEnd(smooth: boolean): void {
    this.more.hidden = true;
    this.list.scrollTo({ top: this.list.scrollHeight, behavior: smooth && !calm() ? "smooth" : "instant" });
  }

  /** Shows the end of the list once the panel has a size. */
  shown(): void {
    requestAnimationFrame(() => this.toEnd(false));
  }

  private nearEnd(): boolean {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
  }

  private place(wanted: HTMLElement[]): void {
    const keep = new Set<Element>(wanted);
    keep.add(this.typing);
    for (const child of [...this.list.children]) if (!keep.has(child)) child.remove();
    let at: ChildNode | null = this.list.firstChild;
    for (const element of [...wanted, this.typing]) {
      if (at === element) at = element.nextSibling;
      else this.list.insertBefore(element, at);
    }
  }

  private draw(key: string, mark: string, make: () => HTMLElement): HTMLElement {
    const known = this.drawn.get(key);
    if (known?.mark === mark) return known.element;
    const element = make();
    this.drawn.set(key, { mark, element });
    return element;
  }

  private separator(at: number, now: number): HTMLElement {
    return h("div", { class: "time" }, clockText(at, now, this.lang));
  }

  private notice(item: NoticeItem): HTMLElement {
    const text =
      item.to === "human"
        ? item.name ? this.t("notice_human", { name: item.name }) : this.t("notice_human_plain")
        : this.t(item.to === "queued" ? "notice_queued" : item.to === "closed" ? "notice_closed" : "notice_bot");
    return h("div", { class: "notice" }, h("span", {}, text));
  }

  private relatedTo(questions: readonly string[]): HTMLElement {
    return h(
      "div", { class: "related", role: "group", "aria-label": this.t("related") },
      h("div", { class: "related-title", "aria-hidden": true }, this.t("related")),
      ...questions.map((question) => h("button", { type: "button", class: "related-chip", onclick: () => this.actions.ask(question) }, question)),
    );
  }

  private thumbs(id: string, rating: boolean | undefined): HTMLElement {
    const thumb = (useful: boolean) =>
      h(
        "button", { type: "button", class: `thumb${useful ? "" : " down"}`, "aria-pressed": String(rating === useful), onclick: () => this.actions.rate(id, useful) },
        icon("thumb"), this.t(useful ? "useful" : "useless"),
      );
    return h("div", { class: "thumbs", role: "group", "aria-label": this.t("rate") }, thumb(true), thumb(false), rating === undefined ? null : h("span", { role: "status" }, this.t("rated")));
  }

  private message(item: MessageItem, answered: boolean, rating: boolean | undefined): HTMLElement {
    const mine = item.from === "visitor";
    const who = mine ? this.t("me") : item.name || this.t(item.from === "agent" ? "agent" : "bot");
    const label = mine || item.from === "bot" ? h("span", { class: "sr" }, `${who}：`) : h("span", { class: "who" }, who);
    const spent = answered && !lasting.includes(item.reason);
    const rich = { server: this.actions.server, press: (button: BlockButton) => this.actions.pressBlock(button) };
    const buttons = item.buttons.map((button) => {
      const href = button.url ? safeAddress(button.url, this.actions.server) : null;
      if (href) return h("a", { class: "choice", ...opens(href) }, button.title || button.text);
      return h("button", { type: "button", class: "choice", disabled: spent, onclick: () => this.actions.press(button) }, button.title || button.text);
    });
    return h(
      "div",
      { class: `row ${mine ? "mine" : item.from}${item.delivery === "sent" ? "" : ` ${item.delivery}`}`, "data-id": item.id },
      label,
      h("div", { class: "bubble" }, richText(item.text, item.markdown)),
      ...richBlocks(item.blocks, rich, false),
      ...files(item.attachments, this.actions.server),
      buttons.length > 0 && h("div", { class: "choices" }, ...buttons),
      item.from === "bot" && item.reason === "answer" && item.id !== undefined && item.delivery === "sent" && this.thumbs(item.id, rating),
      this.delivery(item),
    );
  }

  private delivery(item: MessageItem): HTMLElement | null {
    const id = item.clientId;
    if (item.delivery === "sent" || id === undefined) return null;
    if (item.delivery === "sending") return h("div", { class: "state" }, this.t("sending"));
    const retry = h("button", { type: "button", class: "link", "aria-label": this.t("retry_message", { text: item.text.slice(0, 40) }), onclick: () => this.actions.retry(id) }, this.t("retry"));
    const remove = h("button", { type: "button", class: "link quiet", onclick: () => this.actions.discard(id) }, this.t("remove"));
    const text = item.delivery === "waiting" ? this.t("waiting") : item.error ? this.t("refused", { detail: item.error }) : this.t("failed");
    return h("div", { class: "state", role: "alert" }, h("span", {}, text), retry, remove);
  }
}

function messageMark(item: MessageItem, answered: boolean): string {
  return [item.id, item.delivery, item.error, item.text.length, item.name, item.buttons.length, item.blocks.length, answered].join("|");
}

function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
