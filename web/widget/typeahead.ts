import type { Proposal } from "../shared/types";

export interface TypeaheadOptions {
  /** Asks the server; rejects when signal ends the request. */
  ask(text: string, signal: AbortSignal): Promise<Proposal[]>;
  /** Called after each change of what is to be shown. */
  changed(): void;
  online(): boolean;
  /** Milliseconds of quiet before the server is asked. */
  pause?: number;
}

const typingPause = 120;
const maxTyped = 32;
const remembered = 50;

/**
 * The questions proposed for what is being typed. It asks after a pause, never
 * in the middle of an input method's composition, and drops answers that come
 * too late. Failures propose nothing: the visitor can always just send.
 */
export class Typeahead {
  proposals: readonly Proposal[] = [];
  /** The chosen proposal, or -1. */
  active = -1;
  private readonly options: TypeaheadOptions;
  private readonly known = new Map<string, Proposal[]>();
  private text = "";
  private composing = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private request: AbortController | null = null;

  constructor(options: TypeaheadOptions) {
    this.options = options;
  }

  /** Tells what stands in the field. */
  input(text: string): void {
    const wanted = text.trim();
    if (wanted === this.text) return;
    this.text = wanted;
    if (!this.composing) this.plan();
  }

  /** Tells that an input method's composition begins or ends. */
  compose(composing: boolean): void {
    this.composing = composing;
    if (composing) this.stop();
    else this.plan();
  }

  /** Moves the choice by one, through the field itself, round. */
  move(by: 1 | -1): void {
    const places = this.proposals.length + 1;
    if (places === 1) return;
    this.active = ((this.active + 1 + by + places) % places) - 1;
    this.options.changed();
  }

  /** Shows nothing until the text changes. */
  dismiss(): void {
    this.stop();
    this.show([]);
  }

  private plan(): void {
    this.stop();
    const text = this.text;
    if (text === "" || text.includes("\n") || [...text].length > maxTyped || !this.options.online()) {
      this.show([]);
      return;
    }
    this.timer = setTimeout(() => void this.ask(text), this.options.pause ?? typingPause);
  }

  private async ask(text: string): Promise<void> {
    const known = this.known.get(text);
    if (known) {
      this.show(known);
      return;
    }
    const request = new AbortController();
    this.request = request;
    try {
      const found = await this.options.ask(text, request.signal);
      if (this.request !== request) return; // a later letter was typed
      if (this.known.size >= remembered) this.known.clear();
      this.known.set(text, found);
      this.show(found);
    } catch {
      if (this.request === request) this.show([]); // proposals are a help, not a duty
    }
  }

  private stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.request?.abort();
    this.request = null;
  }

  private show(proposals: readonly Proposal[]): void {
    if (proposals.length === 0 && this.proposals.length === 0) return;
    this.proposals = proposals;
    this.active = -1;
    this.options.changed();
  }
}

/** A wording in parts, those that were typed marked. */
export function marked(proposal: Proposal): { text: string; typed: boolean }[] {
  if (proposal.wording !== proposal.question) return [{ text: proposal.question, typed: false }];
  const letters = [...proposal.wording];
  const parts: { text: string; typed: boolean }[] = [];
  let at = 0;
  for (const [from, to] of proposal.marks) {
    if (from > at) parts.push({ text: letters.slice(at, from).join(""), typed: false });
    parts.push({ text: letters.slice(from, to).join(""), typed: true });
    at = to;
  }
  if (at < letters.length) parts.push({ text: letters.slice(at).join(""), typed: false });
  return parts;
}
