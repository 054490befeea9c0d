import type { Lang, Translate } from "../shared/i18n";
import { Composer } from "./composer";
import { h, icon } from "./dom";
import { Log } from "./log";
import type { ChatSession } from "./session";
import type { Key } from "./strings";

/** Launcher and panel of one chat. The session is the model; render draws it again. */
export class Panel {
  readonly root: HTMLElement;
  private readonly launcher: HTMLButtonElement;
  private readonly badge: HTMLElement;
  private readonly panel: HTMLElement;
  private readonly status: HTMLElement;
  private readonly title: HTMLElement;
  private readonly avatar: HTMLElement;
  private readonly banner: HTMLElement;
  private readonly cover: HTMLElement;
  private readonly ask: HTMLButtonElement;
  private readonly end: HTMLButtonElement;
  private readonly confirm: HTMLElement;
  private readonly again: HTMLButtonElement;
  private readonly log: Log;
  private readonly composer: Composer;
  private readonly session: ChatSession;
  private readonly t: Translate<Key>;
  private isOpen = false;

  constructor(session: ChatSession, t: Translate<Key>, lang: Lang) {
    this.session = session;
    this.t = t;
    this.badge = h("span", { class: "badge", hidden: true });
    this.launcher = h("button", { type: "button", class: "launcher", "aria-label": t("open"), "aria-expanded": "false", onclick: () => this.toggle() }, icon("chat"), icon("down"), this.badge);
    this.title = h("div", { class: "title" });
    this.status = h("div", { class: "status", role: "status" });
    this.avatar = h("div", { class: "avatar", "aria-hidden": true });
    this.end = h("button", { type: "button", class: "tool", "aria-label": t("end"), title: t("end"), onclick: () => this.askEnd(true) }, icon("end"));
    const hide = h("button", { type: "button", class: "tool", "aria-label": t("close"), title: t("close"), onclick: () => this.toggle(false) }, icon("down"));
    const header = h("header", {}, this.avatar, h("div", { class: "names" }, this.title, this.status), this.end, hide);
    this.banner = h("div", { class: "banner", role: "status", hidden: true });
    this.confirm = h(
      "div", { class: "confirm", role: "alertdialog", "aria-label": t("end_sure"), hidden: true },
      h("span", {}, t("end_sure")),
      h("button", { type: "button", class: "danger", onclick: () => void this.close() }, t("end_yes")),
      h("button", { type: "button", onclick: () => this.askEnd(false) }, t("end_no")),
    );
    this.log = new Log(t, lang, {
      server: session.server,
      press: (button) => this.send(button.text),
      pressBlock: (button) => this.send(button.press === "say" ? button.value ?? button.label : button.press === "human" ? t("ask_person") : button.label),
      ask: (question) => this.send(question),
      rate: (id, useful) => void session.rate(id, useful),
      retry: (id) => session.retry(id),
      discard: (id) => session.discard(id),
    });
    this.cover = h("div", { class: "cover", hidden: true });
    this.ask = h("button", { type: "button", class: "chip", onclick: () => this.send(t("ask_person")) }, icon("person"), t("ask_person"));
    this.again = h("button", { type: "button", class: "restart", hidden: true, onclick: () => void session.restart().then(() => this.composer.focus()) }, t("restart"));
    this.composer = new Composer(t, { send: (text) => this.send(text), typed: (text) => void session.reportTyping(text), propose: (text, signal) => session.propose(text, signal) });
    this.panel = h(
      "section", { class: "panel", role: "dialog", "aria-label": t("panel"), hidden: true },
      header, this.banner, this.confirm, this.log.root, this.cover,
      h("footer", {}, h("div", { class: "chips" }, this.ask), this.again, this.composer.root),
    );
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      if (this.confirm.hidden) this.toggle(false);
      else this.askEnd(false);
    });
    this.root = h("div", { class: "root" }, this.panel, this.launcher);
    session.subscribe(() => this.render());
    setInterval(() => this.tick(), 1000);
    this.fit();
    this.render();
  }

  /** Opens or closes the panel; without an argument, the other of the two. */
  toggle(open = !this.isOpen): void {
    if (open === this.isOpen) return;
    this.isOpen = open;
    this.panel.hidden = !open;
    this.root.classList.toggle("open", open);
    this.launcher.setAttribute("aria-expanded", String(open));
    this.session.setVisible(open && document.visibilityState === "visible");
    if (open) {
      this.log.shown();
      this.composer.focus();
      void this.session.open().then(() => {
        if (this.isOpen) this.composer.focus(); // it could not take the focus while there was no conversation
      });
    } else this.launcher.focus({ preventScroll: true });
  }

  /** Opens the panel with a question begun in the text field; what the visitor has written stays. */
  begin(question: string): void {
    this.toggle(true);
    this.composer.begin(question);
  }

  /** Tells the session whether the page is in view. */
  pageVisible(visible: boolean): void {
    this.session.setVisible(this.isOpen && visible);
  }

  private send(text: string): boolean {
    const taken = this.session.send(text);
    if (taken) this.log.toEnd(false);
    return taken;
  }

  private askEnd(show: boolean): void {
    this.confirm.hidden = !show;
    if (show) this.confirm.querySelector("button")?.focus();
    else this.composer.focus();
  }

  private async close(): Promise<void> {
    this.confirm.hidden = true;
    try {
      await this.session.close();
      this.again.focus();
    } catch {
      this.banner.hidden = false;
      this.banner.textContent = this.t("reconnecting"); // the visitor can press again; nothing was lost
    }
  }

  /** Follows the visible part of the page, which a phone's keyboard makes smaller. */
  private fit(): void {
    const view = window.visualViewport;
    if (!view) return;
    const apply = () => {
      this.root.style.setProperty("--vh", `${view.height}px`);
      this.root.style.setProperty("--top", `${view.offsetTop}px`);
    };
    view.addEventListener("resize", apply);
    view.addEventListener("scroll", apply);
    apply();
  }

  private tick(): void {
    if (this.isOpen && this.session.typingUntil > 0) this.render();
  }

  render(): void {
    const { session, t } = this;
    const { status, owner } = session.timeline;
    const closed = status === "closed";
    const botName = session.bot?.bot_name || t("bot");
    const person = status === "human";
    this.title.textContent = session.bot?.name || t("panel");
    this.status.textContent = this.statusText(botName);
    this.status.dataset["status"] = session.phase === "ready" ? status : "new";
    this.avatar.textContent = [...(person && owner?.name ? owner.name : botName)][0] ?? "";
    this.avatar.classList.toggle("person", person);
    this.badge.hidden = session.unread === 0;
    this.badge.textContent = session.unread > 99 ? "99+" : String(session.unread);
    this.launcher.setAttribute("aria-label", session.unread > 0 ? `${t(this.isOpen ? "close" : "open")}，${t("unread", { n: session.unread })}` : t(this.isOpen ? "close" : "open"));
    const ready = session.phase === "ready";
    this.end.hidden = !ready || closed;
    this.ask.hidden = !ready || status !== "bot";
    this.again.hidden = !((ready && closed) || session.phase === "expired");
    this.composer.root.hidden = closed || session.phase === "expired";
    this.composer.setState(t(closed ? "placeholder_closed" : person ? "placeholder_human" : "placeholder"), !ready || closed, session.asksBot);
    this.renderBanner();
    this.renderCover();
    this.log.render(session.timeline.items(), session.typing, Date.now(), { related: session.related, ratings: session.ratings });
  }

  private statusText(botName: string): string {
    const { session, t } = this;
    if (session.phase === "expired") return t("expired");
    if (session.phase !== "ready") return t("status_new");
    const { status, owner } = session.timeline;
    if (status === "human") return owner?.name ? t("status_human", { name: owner.name }) : t("status_human_plain");
    if (status === "queued") return t("status_queued");
    return status === "closed" ? t("status_closed") : t("status_bot", { name: botName });
  }

  private renderBanner(): void {
    const { session, t } = this;
    const lost = session.phase === "ready" && session.timeline.status !== "closed";
    const text = lost && !navigator.onLine ? t("offline") : lost && session.stream === "down" ? t("reconnecting") : "";
    this.banner.textContent = text;
    this.banner.hidden = text === "";
  }

  private renderCover(): void {
    const { phase } = this.session;
    this.cover.hidden = phase !== "starting" && phase !== "failed";
    if (this.cover.dataset["phase"] === phase) return;
    this.cover.dataset["phase"] = phase;
    this.cover.replaceChildren(
      ...(phase === "failed"
        ? [h("p", { role: "alert" }, this.t("start_failed")), h("button", { type: "button", class: "restart", onclick: () => void this.session.open() }, this.t("again"))]
        : [h("div", { class: "spinner" }), h("p", {}, this.t("starting"))]),
    );
  }
}
