import type { Lang, Translate } from "../shared/i18n";
import { clockText } from "../shared/time";
import type { Button } from "../shared/types";
import { h } from "./dom";
import { richText } from "./rich";
import type { Key } from "./strings";
import type { Item, MessageItem, NoticeItem } from "./timeline";

export interface LogActions {
  press(button: Button): void;
  retry(clientId: string): void;
  discard(clientId: string): void;
}

const separatorGap = 5 * 60_000;
/** Kinds of messages whose choices can be pressed at any time; those of others belong to one moment. */
const lasting = ["greeting", "answer", "suggest"];

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

  render(items: readonly Item[], typing: boolean, now: number): void {
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
      else wanted.push(this.draw(item.key, messageMark(item, i < lastVisitor), () => this.message(item, i < lastVisitor)));
    });
    this.typing.hidden = !typing;
    this.place(wanted);
    const grew = items.length > this.count;
    this.count = items.length;
    const own = items.at(-1);
    if (follow || (grew && own?.kind === "message" && own.from === "visitor")) this.toEnd(false);
    else if (grew) this.more.hidden = false;
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

  private message(item: MessageItem, answered: boolean): HTMLElement {
    const mine = item.from === "visitor";
    const who = mine ? this.t("me") : item.name || this.t(item.from === "agent" ? "agent" : "bot");
    const label = mine || item.from === "bot" ? h("span", { class: "sr" }, `${who}：`) : h("span", { class: "who" }, who);
    const spent = answered && !lasting.includes(item.reason);
    const buttons = item.buttons.map((button) =>
      h("button", { type: "button", class: "choice", disabled: spent, onclick: () => this.actions.press(button) }, button.title || button.text),
    );
    return h(
      "div",
      { class: `row ${mine ? "mine" : item.from}${item.delivery === "sent" ? "" : ` ${item.delivery}`}`, "data-id": item.id },
      label,
      h("div", { class: "bubble" }, richText(item.text, item.markdown)),
      buttons.length > 0 && h("div", { class: "choices" }, ...buttons),
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
  return [item.id, item.delivery, item.error, item.text.length, item.name, item.buttons.length, answered].join("|");
}

function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
