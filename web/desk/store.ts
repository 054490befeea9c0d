import { ApiError } from "../shared/http";
import { randomId } from "../shared/ids";
import type { Event, ServerFrame, Suggestion, Summary } from "../shared/types";
import type { DeskApi, UsedSuggestion } from "./api";
import type { Tab } from "./lists";
import { blanksOf } from "./quick";
import { DeskSocket, type SocketState, type Wire } from "./socket";
import { applyEvent, type DeskState, type Detail, type Draft, emptyDetail, initial, loadedDetail, noDraft, type Pending } from "./state";

export interface StoreOptions {
  api: DeskApi;
  socketUrl: string;
  connect?: (url: string) => Wire;
  now?: () => number;
  /** Says something to the agent in passing. */
  notify(kind: "error" | "info", text: string): void;
  /** The draft of a conversation was sent. */
  sent?(id: string): void;
  /** Something new needs the agent: a conversation in the queue, or a message in one of theirs. */
  alert(): void;
}

const openLimit = 300;
const closedLimit = 60;
const typingEvery = 2500;

/** The desk's model: what the server said, folded, and what the agent does. No part of it draws. */
export class DeskStore {
  private state: DeskState = initial;
  private readonly options: StoreOptions;
  private readonly listeners = new Set<() => void>();
  private readonly socket: DeskSocket;
  private readonly reported = new Set<string>();
  /** The last delivery of each conversation: replies leave in the order they were written. */
  private readonly lines = new Map<string, Promise<void>>();
  private lastTyping = 0;

  constructor(options: StoreOptions) {
    this.options = options;
    this.socket = new DeskSocket({
      url: options.socketUrl,
      onFrame: (frame) => this.receive(frame),
      onState: (state) => this.connection(state),
      ...(options.connect ? { connect: options.connect } : {}),
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): DeskState => this.state;

  private set(change: Partial<DeskState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  private setDetail(id: string, change: (detail: Detail) => Detail): void {
    const before = this.state.details.get(id);
    if (!before) return;
    const after = change(before);
    if (after !== before) this.set({ details: new Map(this.state.details).set(id, after) });
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  /** Looks whether an agent is signed in, and begins the shift if so. */
  async check(): Promise<void> {
    this.set({ phase: "checking", problem: "" });
    try {
      this.enter(await this.options.api.me());
    } catch (error) {
      if (error instanceof ApiError && error.transient) this.set({ problem: error.message });
      else this.set({ phase: "signedOut" });
    }
  }

  /** Signs in; throws ApiError when the name or password is refused. */
  async login(name: string, password: string): Promise<void> {
    this.enter(await this.options.api.login(name, password));
  }

  private enter(agent: NonNullable<DeskState["agent"]>): void {
    this.set({ phase: "ready", agent });
    this.socket.start();
    void this.loadLists();
    if (this.state.selected) void this.loadDetail(this.state.selected);
  }

  async logout(): Promise<void> {
    try {
      await this.options.api.logout();
    } catch (error) {
      return this.complain(error);
    }
    this.signedOut();
  }

  /** Ends the shift on this page, when the server no longer knows the session. */
  signedOut(): void {
    if (this.state.phase === "signedOut") return;
    this.socket.stop();
    this.state = { ...initial, phase: "signedOut", selected: this.state.selected, tab: this.state.tab, drafts: this.state.drafts };
    this.set({});
  }

  private connection(state: SocketState): void {
    const before = this.state.connection;
    // "connecting" after a loss still counts as down: the banner must not flicker.
    this.set({ connection: state === "connecting" && before === "down" ? "down" : state });
    if (state === "open" && before === "down") {
      void this.loadLists();
      if (this.state.selected) void this.loadDetail(this.state.selected);
    }
    if (state === "down") void this.probe();
  }

  /** A refused WebSocket has no status: ask whether the session still holds. */
  private async probe(): Promise<void> {
    try {
      await this.options.api.me();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.signedOut();
    }
  }

  online(): void {
    this.socket.kick();
    if (this.state.phase === "checking") void this.check();
  }

  /** Reads the lists again. */
  async loadLists(): Promise<void> {
    if (this.state.summaries.size === 0) this.set({ listed: "loading" });
    try {
      const { api } = this.options;
      const [open, closed] = await Promise.all([api.list("queued,human,bot", openLimit), api.list("closed", closedLimit)]);
      const summaries = new Map<string, Summary>();
      for (const summary of [...open, ...closed]) {
        const known = this.state.summaries.get(summary.conversation);
        summaries.set(summary.conversation, known && known.seq > summary.seq ? known : summary);
      }
      this.set({ summaries, listed: "ready" });
    } catch (error) {
      const known = this.state.summaries.size > 0; // then the old list stays, and the connection's own banner tells
      this.set({ listed: known ? "ready" : "error" });
      if (!known && !(error instanceof ApiError && error.status === 401)) this.complain(error);
    }
  }

  setTab(tab: Tab): void {
    this.set({ tab });
  }

  /** Opens a conversation, or none. */
  select(id: string | null): void {
    const before = this.state.selected;
    if (before === id) return;
    if (before) this.socket.unsubscribe(before);
    if (!id) return this.set({ selected: null });
    const details = new Map(this.state.details);
    if (!details.has(id)) details.set(id, emptyDetail());
    this.set({ selected: id, details });
    if (this.state.phase === "ready") void this.loadDetail(id);
  }

  /** Reads an opened conversation from the server and follows it from there. */
  async loadDetail(id: string): Promise<void> {
    if (!this.state.details.has(id)) this.set({ details: new Map(this.state.details).set(id, emptyDetail()) });
    try {
      const data = await this.options.api.detail(id);
      this.setDetail(id, (detail) => loadedDetail(data, detail));
      this.merge(data.summary);
      if (this.state.selected === id) this.socket.subscribe(id, this.state.details.get(id)?.events.at(-1)?.seq ?? 0);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.setDetail(id, (detail) => (detail.data ? detail : { ...detail, phase: "error", error: text }));
    }
  }

  private merge(summary: Summary): void {
    const known = this.state.summaries.get(summary.conversation);
    if (known && known.seq > summary.seq) return;
    this.set({ summaries: new Map(this.state.summaries).set(summary.conversation, summary) });
    const me = this.state.agent?.id;
    const joined = summary.status === "queued" && known?.status !== "queued";
    const wrote = summary.status === "human" && summary.owner === me && summary.unread > (known?.unread ?? 0);
    if (known?.seq !== summary.seq && (joined || wrote)) this.options.alert();
  }

  private receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "summary":
        return this.merge(frame.summary);
      case "event":
        return this.hear(frame.event);
      case "typing":
        return this.setDetail(frame.conversation, (detail) => ({ ...detail, typing: frame.text ? { text: frame.text, at: this.now() } : null }));
      case "suggestions":
        return this.setDetail(frame.conversation, (detail) => ({ ...detail, suggestions: frame.suggestions ?? [] }));
      case "error":
        return this.options.notify("error", frame.error.detail);
      default:
    }
  }

  private hear(event: Event): void {
    this.setDetail(event.conversation, (detail) => applyEvent(detail, event));
    const detail = this.state.details.get(event.conversation);
    if (event.type === "message.received" && detail?.owner.id === this.state.agent?.id) void this.refreshSuggestions(event.conversation);
  }

  /** Asks for suggestions to what the customer last said or is typing. */
  async refreshSuggestions(id: string): Promise<void> {
    try {
      const draft = this.state.details.get(id)?.typing?.text ?? "";
      const suggestions = await this.options.api.suggestions(id, draft);
      if (suggestions.length > 0) this.setDetail(id, (detail) => ({ ...detail, suggestions }));
    } catch (error) {
      // Suggestions are an offer: without new ones, the old ones stay and the agent writes.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Claims, releases or closes; a refusal is told to the agent and the conversation is read again. */
  async act(id: string, action: "claim" | "release" | "close"): Promise<boolean> {
    if (this.state.busy.has(id)) return false;
    this.set({ busy: new Set(this.state.busy).add(id) });
    try {
      this.merge(await this.options.api[action](id));
      if (action === "claim") this.set({ tab: "mine" });
      await this.loadDetail(id);
      return true;
    } catch (error) {
      this.complain(error);
      await this.loadDetail(id);
      return false;
    } finally {
      const busy = new Set(this.state.busy);
      busy.delete(id);
      this.set({ busy });
    }
  }

  draft(id: string): Draft {
    return this.state.drafts.get(id) ?? noDraft;
  }

  /** Keeps the text being written; an emptied one forgets the suggestion it began as. */
  setDraft(id: string, text: string, suggestion?: Suggestion): void {
    const origin = suggestion ? { id: suggestion.id, text: suggestion.text } : text.trim() === "" ? null : this.draft(id).suggestion;
    this.set({ drafts: new Map(this.state.drafts).set(id, { text, suggestion: origin }) });
    if (text.trim() !== "" && this.now() - this.lastTyping > typingEvery) {
      this.lastTyping = this.now();
      this.options.api.typing(id).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error; // the customer misses three dots: nothing to tell
      });
    }
  }

  /** Sends what is written. */
  send(id: string): boolean {
    const { text, suggestion } = this.draft(id);
    const trimmed = text.trim();
    if (trimmed === "" || blanksOf(trimmed).length > 0) return false;
    const used: UsedSuggestion | undefined = suggestion ? { id: suggestion.id, use: trimmed === suggestion.text.trim() ? "taken" : "edited" } : undefined;
    this.set({ drafts: new Map(this.state.drafts).set(id, noDraft) });
    this.queue(id, trimmed, used);
    this.options.sent?.(id);
    return true;
  }

  /** Sends a suggestion as it is; what was being written stays. */
  sendSuggestion(id: string, suggestion: Suggestion): void {
    this.queue(id, suggestion.text, { id: suggestion.id, use: "taken" });
  }

  private queue(id: string, text: string, suggestion?: UsedSuggestion): void {
    const reply: Pending = { clientId: randomId("r_"), text, at: this.now(), state: "sending", error: "", ...(suggestion ? { suggestion } : {}) };
    const passedOver = suggestion ? [] : (this.state.details.get(id)?.suggestions ?? []).slice(0, 3);
    this.setDetail(id, (detail) => ({ ...detail, pending: [...detail.pending, reply] }));
    this.deliver(id, reply);
    for (const offered of passedOver) void this.ignore(id, offered.id, false);
  }

  /** Sends a failed reply again, under the same client id. */
  retry(id: string, clientId: string): void {
    const reply = this.state.details.get(id)?.pending.find((pending) => pending.clientId === clientId);
    if (!reply || reply.state === "sending") return;
    this.setPending(id, clientId, { state: "sending", error: "" });
    this.deliver(id, reply);
  }

  discard(id: string, clientId: string): void {
    this.setDetail(id, (detail) => ({ ...detail, pending: detail.pending.filter((reply) => reply.clientId !== clientId) }));
  }

  private deliver(id: string, reply: Pending): void {
    const before = this.lines.get(id) ?? Promise.resolve();
    this.lines.set(id, before.then(() => this.post(id, reply)));
  }

  private async post(id: string, reply: Pending): Promise<void> {
    try {
      await this.options.api.reply(id, reply.text, reply.clientId, reply.suggestion);
      // The event that shows the reply comes over the socket; without one, read it.
      if (this.state.connection !== "open") await this.loadDetail(id);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.setPending(id, reply.clientId, { state: "failed", error: text });
      if (error instanceof ApiError && error.status === 409) await this.loadDetail(id);
    }
  }

  private setPending(id: string, clientId: string, change: Partial<Pending>): void {
    this.setDetail(id, (detail) => ({
      ...detail,
      pending: detail.pending.map((reply) => (reply.clientId === clientId ? { ...reply, ...change } : reply)),
    }));
  }

  /** Reports that a suggestion was of no use, once; `hide` also takes it from the list. */
  async ignore(id: string, suggestion: string, hide: boolean): Promise<void> {
    if (hide) this.setDetail(id, (detail) => ({ ...detail, suggestions: detail.suggestions.filter((offered) => offered.id !== suggestion) }));
    if (this.reported.has(suggestion)) return;
    this.reported.add(suggestion);
    try {
      await this.options.api.ignore(id, suggestion);
    } catch (error) {
      if (hide) this.complain(error);
      else this.reported.delete(suggestion); // the next reply reports it again
    }
  }

  /** Adds words among agents. Returns whether they were kept. */
  async note(id: string, text: string): Promise<boolean> {
    try {
      this.hear(await this.options.api.note(id, text));
      return true;
    } catch (error) {
      this.complain(error);
      return false;
    }
  }

  private complain(error: unknown): void {
    this.options.notify("error", error instanceof Error ? error.message : String(error));
  }
}
