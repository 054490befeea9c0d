import type { Translate } from "../shared/i18n";
import { h, icon } from "./dom";
import { maxText } from "./session";
import type { Key } from "./strings";
import { marked, Typeahead } from "./typeahead";
import type { Proposal } from "../shared/types";

export interface ComposerActions {
  /** Returns whether the text was taken; it stays in the field when not. */
  send(text: string): boolean;
  /** Called when the typed text settled, at most every 400 ms. */
  typed(text: string): void;
  /** Asks for the questions that fit a text. */
  propose(text: string, signal: AbortSignal): Promise<Proposal[]>;
}

const typingPause = 400;
const warnAt = 1800;

/** The text field: several lines, Enter sends, input methods keep their Enter. */
export class Composer {
  readonly root: HTMLElement;
  private readonly field: HTMLTextAreaElement;
  private readonly button: HTMLButtonElement;
  private readonly counter: HTMLElement;
  private readonly t: Translate<Key>;
  private readonly actions: ComposerActions;
  private readonly list: HTMLElement;
  private readonly typeahead: Typeahead;
  private proposing = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private reported = "";

  constructor(t: Translate<Key>, actions: ComposerActions) {
    this.t = t;
    this.actions = actions;
    this.typeahead = new Typeahead({
      ask: (text, signal) => (this.proposing ? actions.propose(text, signal) : Promise.resolve([])),
      changed: () => this.renderProposals(),
      online: () => navigator.onLine,
    });
    this.list = h("div", { class: "proposals", id: "yd-proposals", role: "listbox", "aria-label": t("proposals"), hidden: true });
    // Pressing an option must not take the focus, and the keyboard of a phone, from the field.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.field = h("textarea", { rows: 1, role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": "yd-proposals", "aria-label": t("placeholder"), placeholder: t("placeholder"), enterkeyhint: "send", autocomplete: "off" });
    this.button = h("button", { type: "button", class: "send", "aria-label": t("send"), disabled: true, onclick: () => this.submit() }, icon("send"));
    this.counter = h("div", { class: "counter", role: "status", hidden: true });
    this.root = h("div", { class: "composer" }, this.list, h("div", { class: "field" }, this.field, this.button), this.counter);
    this.field.addEventListener("input", () => this.input());
    this.field.addEventListener("keydown", (event) => {
      // keyCode 229 is how Safari marks the Enter that ends a composition.
      if (event.isComposing || event.keyCode === 229 || this.keyOnList(event)) return;
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("compositionstart", () => this.typeahead.compose(true));
    this.field.addEventListener("compositionend", () => {
      this.typeahead.input(this.field.value);
      this.typeahead.compose(false);
    });
    this.field.addEventListener("blur", () => this.typeahead.dismiss());
  }

  focus(): void {
    this.field.focus({ preventScroll: true });
  }

  /** Puts a text into an empty field. */
  begin(text: string): void {
    if (text === "" || this.field.value.trim() !== "") return;
    this.field.value = text;
    this.refresh();
    this.focus();
  }

  /** proposing says whether a bot answers, to whom questions are proposed. */
  setState(placeholder: string, disabled: boolean, proposing: boolean): void {
    this.proposing = proposing;
    if (!proposing) this.typeahead.dismiss();
    if (this.field.placeholder !== placeholder) {
      this.field.placeholder = placeholder;
      this.field.setAttribute("aria-label", placeholder);
    }
    if (this.field.disabled !== disabled) this.field.disabled = disabled;
    this.refresh();
  }

  /** Handles a key for the open list; returns whether it did. */
  private keyOnList(event: KeyboardEvent): boolean {
    const { proposals, active } = this.typeahead;
    if (proposals.length === 0 || event.shiftKey) return false;
    const picked = proposals[active];
    if (event.key === "ArrowDown") this.typeahead.move(1);
    else if (event.key === "ArrowUp") this.typeahead.move(-1);
    else if (event.key === "Escape") this.typeahead.dismiss();
    else if (event.key === "Enter" && picked) this.submit(picked.question);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  private renderProposals(): void {
    const { proposals, active } = this.typeahead;
    this.list.hidden = proposals.length === 0;
    this.field.setAttribute("aria-expanded", String(proposals.length > 0));
    this.list.replaceChildren(
      ...proposals.map((proposal, i) =>
        h(
          "div", { class: "proposal", id: `yd-proposal-${i}`, role: "option", "aria-selected": String(i === active), onclick: () => this.submit(proposal.question) },
          ...marked(proposal).map((part) => (part.typed ? h("mark", {}, part.text) : part.text)),
        ),
      ),
    );
    if (active < 0) this.field.removeAttribute("aria-activedescendant");
    else {
      this.field.setAttribute("aria-activedescendant", `yd-proposal-${active}`);
      this.list.children[active]?.scrollIntoView({ block: "nearest" });
    }
  }

  private submit(text = this.field.value): void {
    if (!this.actions.send(text)) return;
    this.field.value = "";
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.reported = "";
    this.input();
    this.focus();
  }

  private input(): void {
    this.refresh();
    this.typeahead.input(this.field.value);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      const text = this.field.value.trim();
      if (text === this.reported) return;
      this.reported = text;
      this.actions.typed(text);
    }, typingPause);
  }

  private refresh(): void {
    const text = this.field.value;
    const length = [...text.trim()].length;
    const over = length > maxText;
    this.button.disabled = length === 0 || over || this.field.disabled;
    this.counter.hidden = length < warnAt;
    this.counter.className = over ? "counter over" : "counter";
    this.counter.textContent = (over ? `${this.t("too_long", { max: maxText })} ` : "") + this.t("count", { n: length, max: maxText });
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 132)}px`;
  }
}
