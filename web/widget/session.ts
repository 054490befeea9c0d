import { ApiError, Http } from "../shared/http";
import { randomId } from "../shared/ids";
import { EventStream, type Source, type StreamState } from "../shared/stream";
import { millis } from "../shared/time";
import type { BotInfo, Event, HelpQuestion, Proposal, SendResult, StartedConversation, VisitorConversation } from "../shared/types";
import type { Memory } from "./memory";
import { Outbox, type Outgoing } from "./outbox";
import { Timeline } from "./timeline";

export interface SessionOptions {
  server: string;
  visitorKey: string;
  memory: Memory;
  customer?: string | undefined;
  customerSignature?: string | undefined;
  attributes?: Record<string, string>;
  fetch?: typeof fetch;
  connect?: (url: string) => Source;
  now?: () => number;
  wait?: (ms: number) => Promise<void>;
}

/** idle: no conversation yet; expired: the server no longer knows it or its token. */
export type Phase = "idle" | "starting" | "ready" | "failed" | "expired";

export const maxText = 2000;
const maxTyping = 500;
const typingShown = 5000;
const relatedShown = 3;
const heard = ["conversation.started", "message.received", "message.sent", "status.changed"] as const;

/** One visitor's conversation with a bot: its life, without any element of the page. */
export class ChatSession {
  phase: Phase = "idle";
  stream: StreamState = "connecting";
  timeline = new Timeline();
  bot: BotInfo | null = null;
  /** When the other side stops being shown as typing; 0 when it is not. */
  typingUntil = 0;
  unread = 0;
  /** What the visitor said of messages, by id. */
  readonly ratings = new Map<string, boolean>();
  private readonly options: SessionOptions;
  private readonly api: Http;
  /** The help centre, to which the visitor key opens. */
  private readonly help: Http;
  private readonly near = new Map<string, string[]>();
  private readonly listeners = new Set<() => void>();
  private token = "";
  private conversation = "";
  private events: EventStream | null = null;
  private outbox: Outbox | null = null;
  private startKey = "";
  private read = 0;
  private visible = false;
  private waitingForBot = 0;

  constructor(options: SessionOptions) {
    this.options = options;
    this.api = new Http({
      base: options.server,
      token: () => this.token || options.visitorKey,
      ...(options.fetch ? { fetch: options.fetch } : {}),
    });
    this.help = new Http({ base: options.server, token: () => options.visitorKey, timeoutMs: 4000, ...(options.fetch ? { fetch: options.fetch } : {}) });
  }

  /** Calls listener after each change until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** Whether a conversation of an earlier page can be continued. */
  get remembered(): boolean {
    return this.options.memory.load(this.now()) !== null;
  }

  /** Continues the remembered conversation or begins one. Safe to call again after a failure. */
  async open(): Promise<void> {
    if (this.phase === "starting" || this.phase === "ready") return;
    this.phase = "starting";
    this.changed();
    try {
      const known = this.options.memory.load(this.now());
      if (!known || !(await this.resume(known.conversation, known.token, known.bot, known.read, known.pending))) await this.begin();
      this.phase = "ready";
    } catch {
      this.phase = "failed"; // whatever went wrong, the visitor's way out is the same: connect again
    }
    this.changed();
  }

  /** Leaves the conversation and begins another one. */
  async restart(): Promise<void> {
    const rest = this.leave();
    await this.open();
    for (const message of rest) this.enqueue(message);
  }

  private leave(): Outgoing[] {
    this.events?.stop();
    this.events = null;
    const rest = this.phase === "expired" ? (this.outbox?.close() ?? []) : (this.outbox?.close(), []);
    this.outbox = null;
    this.options.memory.clear();
    this.timeline = new Timeline();
    this.token = "";
    this.conversation = "";
    this.startKey = "";
    this.read = 0;
    this.unread = 0;
    this.waitingForBot = 0;
    this.phase = "idle";
    return rest;
  }

  private async begin(): Promise<void> {
    this.startKey ||= randomId("w_");
    this.token = "";
    const { customer, customerSignature, attributes } = this.options;
    const body = {
      channel: "web",
      ...(customer && customerSignature ? { customer, customer_signature: customerSignature } : {}),
      ...(attributes ? { attributes } : {}),
    };
    const started = await this.api.post<StartedConversation>("/v1/conversations", body, { idempotencyKey: this.startKey });
    this.adopt(started.conversation, started.token, started.bot);
    const expires = millis(started.expires_at, this.now() + 24 * 3600_000);
    this.options.memory.save({ conversation: started.conversation, token: started.token, expires, bot: started.bot, pending: [], read: 0 });
    this.take(started.events ?? []);
    this.timeline.status = started.status;
    if (!this.timeline.items().some((item) => item.kind === "message" && item.from === "bot")) this.greet(started.bot);
    this.listen();
  }

  private async resume(id: string, token: string, bot: BotInfo, read: number, pending: readonly Outgoing[]): Promise<boolean> {
    this.token = token;
    let found: VisitorConversation;
    try {
      found = await this.api.get<VisitorConversation>(`/v1/conversations/${encodeURIComponent(id)}`);
    } catch (error) {
      this.token = "";
      if (error instanceof ApiError && !error.transient) {
        this.options.memory.clear();
        return false;
      }
      throw error;
    }
    this.adopt(id, token, bot);
    this.read = read;
    if (!(found.events ?? []).some((event) => event.type === "message.sent")) this.greet(bot);
    this.take(found.events ?? []);
    this.timeline.status = found.status;
    this.timeline.owner = found.owner;
    for (const message of pending) if (!this.timeline.outgoing(message.clientId)) this.enqueue(message);
    this.listen();
    return true;
  }

  private greet(bot: BotInfo): void {
    if (bot.greeting === "") return;
    this.timeline.addLocal(bot.greeting, (bot.menu ?? []).map((text) => ({ title: text, text })), this.now());
  }

  private adopt(conversation: string, token: string, bot: BotInfo): void {
    this.conversation = conversation;
    this.token = token;
    this.bot = bot;
    this.timeline = new Timeline();
    this.outbox = new Outbox({
      post: (message) => this.post(message),
      onSending: (message) => this.mark(() => this.timeline.setDelivery(message.clientId, "sending")),
      onSent: (message, result) => this.mark(() => this.sent(message, result)),
      onWaiting: (message) => this.mark(() => this.timeline.setDelivery(message.clientId, "waiting")),
      onFailed: (message, error) => this.mark(() => this.refused(message, error)),
      onGone: () => this.expire(),
      save: (pending) => this.options.memory.update({ pending: [...pending] }),
      ...(this.options.wait ? { wait: this.options.wait } : {}),
    });
  }

  private mark(change: () => void): void {
    change();
    this.changed();
  }

  private path(tail = ""): string {
    return `/v1/conversations/${encodeURIComponent(this.conversation)}${tail}`;
  }

  private async post(message: Outgoing): Promise<SendResult> {
    const body = { text: message.text, client_id: message.clientId };
    const answerExpected = this.timeline.status === "bot" || this.timeline.status === "new";
    if (answerExpected) this.mark(() => this.waitingForBot++);
    try {
      return await this.api.post<SendResult>(this.path("/messages"), body, { idempotencyKey: message.clientId });
    } finally {
      if (answerExpected) this.waitingForBot--;
    }
  }

  private sent(message: Outgoing, result: SendResult): void {
    this.timeline.confirm(message.clientId, result.message, result.replies ?? [], this.now());
    if (this.stream !== "open") this.timeline.status = result.status;
    this.countUnread();
  }

  private refused(message: Outgoing, error: ApiError): void {
    this.timeline.setDelivery(message.clientId, "failed", error.message);
    if (error.status === 409) void this.sync();
  }

  private expire(): void {
    this.phase = "expired";
    this.events?.stop();
    this.changed();
  }

  private take(events: readonly Event[]): void {
    for (const event of events) this.timeline.apply(event, this.now());
    this.events?.advance(this.timeline.lastSeq);
    this.countUnread();
  }

  private countUnread(): void {
    const last = this.timeline.lastSeq;
    if (this.visible) {
      this.unread = 0;
      if (last > this.read) {
        this.read = last;
        this.options.memory.update({ read: last });
      }
      return;
    }
    this.unread = this.timeline
      .items()
      .filter((item) => item.kind === "message" && item.from !== "visitor" && (item.seq ?? Infinity) > this.read).length;
  }

  /** Tells whether the visitor looks at the conversation; what is seen is not unread. */
  setVisible(visible: boolean): void {
    this.visible = visible;
    this.countUnread();
    this.changed();
  }

  private listen(): void {
    this.events = new EventStream({
      url: (after) => `${this.options.server}${this.path("/events")}?token=${encodeURIComponent(this.token)}&after=${after}`,
      after: this.timeline.lastSeq,
      types: heard,
      ephemeral: ["typing"],
      ...(this.options.connect ? { connect: this.options.connect } : {}),
      onEvent: (event) => this.mark(() => this.hear(event)),
      onEphemeral: () => this.mark(() => (this.typingUntil = this.now() + typingShown)),
      onState: (state) => this.mark(() => this.streamState(state)),
      alive: () => this.sync(),
    });
    this.events.start();
  }

  private hear(event: Event): void {
    this.timeline.apply(event, this.now());
    if (event.type === "message.sent") this.typingUntil = 0;
    this.countUnread();
  }

  private streamState(state: StreamState): void {
    const back = state === "open" && this.stream !== "open";
    // "connecting" after a loss still counts as down: the banner must not flicker.
    if (!(state === "connecting" && this.stream === "down")) this.stream = state;
    if (back) this.outbox?.flush();
  }

  /** Reads the conversation again; false when the server no longer lets this visitor in. */
  private async sync(): Promise<boolean> {
    try {
      const found = await this.api.get<VisitorConversation>(this.path());
      this.take(found.events ?? []);
      this.timeline.status = found.status;
      this.timeline.owner = found.owner;
      this.changed();
      return true;
    } catch (error) {
      if (error instanceof ApiError && !error.transient) {
        this.expire();
        return false;
      }
      return true;
    }
  }

  /** Reconnects at once, after the browser says that the network is back. */
  online(): void {
    this.events?.kick();
    if (this.phase === "failed") void this.open();
  }

  /** Sends a text; returns false when it is empty, too long, or the conversation is over. */
  send(text: string): boolean {
    const trimmed = text.trim();
    if (trimmed === "" || [...trimmed].length > maxText || this.phase !== "ready" || this.timeline.status === "closed") return false;
    this.enqueue({ clientId: randomId("m_"), text: trimmed, at: this.now() });
    return true;
  }

  private enqueue(message: Outgoing): void {
    this.timeline.addOutgoing(message.clientId, message.text, message.at);
    this.outbox?.add(message);
    this.changed();
  }

  retry(clientId: string): void {
    this.outbox?.retry(clientId);
    this.changed();
  }

  discard(clientId: string): void {
    this.outbox?.drop(clientId);
    this.timeline.remove(clientId);
    this.changed();
  }

  /** Whether the other side is to be shown as typing. */
  get typing(): boolean {
    return this.waitingForBot > 0 || this.typingUntil > this.now();
  }

  /** The server's origin; empty for the page's own. */
  get server(): string {
    return this.options.server;
  }

  /** Whether the bot would answer a question. */
  get asksBot(): boolean {
    return this.phase === "ready" && this.timeline.status === "bot";
  }

  /** Questions that fit what is being typed; throws when there is no answer. */
  async propose(text: string, signal: AbortSignal): Promise<Proposal[]> {
    const found = await this.help.get<{ proposals: Proposal[] }>("/v1/help/typeahead", { query: { q: text, limit: 5 }, signal });
    return found.proposals;
  }

  /** The questions near the last answer that the visitor has not asked; empty until the server has told them. */
  get related(): readonly string[] {
    const last = this.timeline.items().findLast((item) => item.kind === "message");
    const article = last?.kind === "message" && last.from === "bot" && last.reason === "answer" ? last.articles[0] : undefined;
    if (article === undefined || !this.asksBot) return [];
    const near = this.near.get(article);
    if (!near) {
      this.near.set(article, []);
      void this.relate(article);
      return [];
    }
    const asked = new Set(this.timeline.items().map((item) => (item.kind === "message" && item.from === "visitor" ? item.text : "")));
    return near.filter((question) => !asked.has(question)).slice(0, relatedShown);
  }

  private async relate(article: string): Promise<void> {
    try {
      const found = await this.help.get<{ questions: HelpQuestion[] }>(`/v1/help/articles/${encodeURIComponent(article)}/related`, { query: { limit: 5 } });
      this.near.set(article, found.questions.map((each) => each.question));
      this.changed();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // else there are none to show; the answer stands without them
    }
  }

  /** Tells whether a message helped; shown at once, taken back when the server cannot be told. */
  async rate(id: string, useful: boolean): Promise<void> {
    const before = this.ratings.get(id);
    if (before === useful) return;
    this.mark(() => this.ratings.set(id, useful));
    try {
      await this.api.post(this.path(`/messages/${encodeURIComponent(id)}/rating`), { useful });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.mark(() => (before === undefined ? this.ratings.delete(id) : this.ratings.set(id, before)));
    }
  }

  /** Whether typed text is of use to the desk. */
  get sharesTyping(): boolean {
    return this.phase === "ready" && (this.timeline.status === "queued" || this.timeline.status === "human");
  }

  /** Lets the desk see the text being typed. A lost one is not repeated: the next one replaces it. */
  async reportTyping(text: string): Promise<void> {
    if (!this.sharesTyping) return;
    try {
      await this.api.post(this.path("/typing"), { text: [...text].slice(0, maxTyping).join("") }, { timeoutMs: 5000 });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Ends the conversation; throws ApiError when the server could not be told. */
  async close(): Promise<void> {
    await this.api.post(this.path("/close"), {});
    await this.sync();
  }

  /** Closes the stream while the page is put away. */
  pause(): void {
    this.events?.stop();
  }

  /** Opens the stream again where it stopped. */
  wake(): void {
    if (this.phase === "ready") this.events?.start();
  }
}
