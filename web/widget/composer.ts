import type { Translate } from "../shared/i18n";
import { h, icon } from "./dom";
import { maxText } from "./session";
import type { Key } from "./strings";

export interface ComposerActions {
  /** Returns whether the text was taken; it stays in the field when not. */
  send(text: string): boolean;
  /** Called when the typed text settled, at most every 400 ms. */
  typed(text: string): void;
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
  private timer: ReturnType<typeof setTimeout> | null = null;
  private reported = "";

  constructor(t: Translate<Key>, actions: ComposerActions) {
    this.t = t;
    this.actions = actions;
    this.field = h("textarea", { rows: 1, "aria-label": t("placeholder"), placeholder: t("placeholder"), enterkeyhint: "send", autocomplete: "off" });
    this.button = h("button", { type: "button", class: "send", "aria-label": t("send"), disabled: true, onclick: () => this.submit() }, icon("send"));
    this.counter = h("div", { class: "counter", role: "status", hidden: true });
    this.root = h("div", { class: "composer" }, h("div", { class: "field" }, this.field, this.button), this.counter);
    this.field.addEventListener("input", () => this.input());
    this.field.addEventListener("keydown", (event) => {
      // keyCode 229 is how Safari marks the Enter that ends a composition.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    });
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

  setState(placeholder: string, disabled: boolean): void {
    if (this.field.placeholder !== placeholder) {
      this.field.placeholder = placeholder;
      this.field.setAttribute("aria-label", placeholder);
    }
    if (this.field.disabled !== disabled) this.field.disabled = disabled;
    this.refresh();
  }

  private submit(): void {
    const text = this.field.value;
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
