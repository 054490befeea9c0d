import { backoff } from "./backoff";
import type { Event } from "./types";

/** The part of EventSource that the stream uses. */
export interface Source {
  addEventListener(type: string, listener: (event: { data?: string }) => void): void;
  close(): void;
}

export type StreamState = "connecting" | "open" | "down";

export interface StreamOptions {
  /** URL that continues after the given seq. */
  url(after: number): string;
  /** Seq of the last event already known; 0 for none. */
  after: number;
  /** Event types to listen to. */
  types: readonly string[];
  connect?: (url: string) => Source;
  onEvent(event: Event): void;
  /** Events without an id: they are not part of the conversation's history. */
  onEphemeral?(type: string, data: unknown): void;
  ephemeral?: readonly string[];
  onState?(state: StreamState): void;
  /**
   * Asked after a connection was lost, because EventSource hides the status:
   * false means that the conversation cannot be reached any more and the stream stops.
   */
  alive?(): Promise<boolean>;
  random?: () => number;
  setTimeout?: (run: () => void, ms: number) => unknown;
  clearTimeout?: (timer: unknown) => void;
}

/**
 * A server-sent event stream that resumes after the last event seen, drops
 * repeated ones, and reconnects with back-off. It reconnects by itself rather
 * than leave it to EventSource, which would repeat the first URL's cursor.
 */
export class EventStream {
  private readonly options: StreamOptions;
  private source: Source | null = null;
  private timer: unknown = null;
  private attempt = 0;
  private stopped = false;
  private generation = 0;
  private seq: number;

  constructor(options: StreamOptions) {
    this.options = options;
    this.seq = options.after;
  }

  /** Seq of the last event delivered or skipped as known. */
  get cursor(): number {
    return this.seq;
  }

  /** Moves the cursor forward after events arrived by another way. */
  advance(seq: number): void {
    if (seq > this.seq) this.seq = seq;
  }

  start(): void {
    this.stopped = false;
    this.open();
  }

  stop(): void {
    this.stopped = true;
    this.drop();
  }

  /** Connects now instead of waiting for the back-off, after the network came back. */
  kick(): void {
    if (this.stopped) return;
    this.attempt = 0;
    this.open();
  }

  private drop(): void {
    this.generation++;
    this.source?.close();
    this.source = null;
    if (this.timer !== null) (this.options.clearTimeout ?? ((t) => clearTimeout(t as number)))(this.timer);
    this.timer = null;
  }

  private open(): void {
    this.drop();
    this.options.onState?.("connecting");
    const generation = this.generation;
    const current = () => generation === this.generation;
    const connect: (url: string) => Source = this.options.connect ?? ((url) => new EventSource(url));
    const source = connect(this.options.url(this.seq));
    this.source = source;
    source.addEventListener("open", () => {
      if (!current()) return;
      this.attempt = 0;
      this.options.onState?.("open");
    });
    for (const type of this.options.types) {
      source.addEventListener(type, (event) => {
        if (current()) this.deliver(event.data);
      });
    }
    for (const type of this.options.ephemeral ?? []) {
      source.addEventListener(type, (event) => {
        if (current()) this.options.onEphemeral?.(type, parse(event.data));
      });
    }
    source.addEventListener("error", () => {
      if (current()) void this.lost();
    });
  }

  private deliver(data: string | undefined): void {
    const event = parse(data) as Event | undefined;
    if (!event || typeof event.seq !== "number" || event.seq <= this.seq) return;
    this.seq = event.seq;
    this.options.onEvent(event);
  }

  private async lost(): Promise<void> {
    this.drop();
    this.options.onState?.("down");
    const generation = this.generation;
    if (this.options.alive && this.attempt > 0) {
      const alive = await this.options.alive();
      if (generation !== this.generation || this.stopped) return;
      if (!alive) return this.stop();
    }
    const wait = backoff(this.attempt++, this.options.random);
    this.timer = (this.options.setTimeout ?? ((run, ms) => setTimeout(run, ms)))(() => {
      if (generation === this.generation && !this.stopped) this.open();
    }, wait);
  }
}

function parse(data: string | undefined): unknown {
  if (data === undefined) return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined; // a cut line: the next connection sends the event again
  }
}
