import { backoff } from "../shared/backoff";
import type { ClientFrame, ServerFrame } from "../shared/types";

/** The part of WebSocket that is used. */
export interface Wire {
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  readonly readyState: number;
  send(data: string): void;
  close(): void;
}

export type SocketState = "connecting" | "open" | "down";

export interface SocketOptions {
  url: string;
  onFrame(frame: ServerFrame): void;
  onState(state: SocketState): void;
  connect?: (url: string) => Wire;
  random?: () => number;
  setTimeout?: (run: () => void, ms: number) => unknown;
  clearTimeout?: (timer: unknown) => void;
}

const pingEvery = 20_000;
const pongWithin = 10_000;
const open = 1;

/** The desk's WebSocket: reconnects with back-off, notices dead lines by ping, and subscribes again from its cursors. */
export class DeskSocket {
  private readonly options: SocketOptions;
  private readonly cursors = new Map<string, number>();
  private wire: Wire | null = null;
  private attempt = 0;
  private retry: unknown = null;
  private beat: unknown = null;
  private stopped = true;

  constructor(options: SocketOptions) {
    this.options = options;
  }

  start(): void {
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.cursors.clear();
    this.drop();
  }

  /** Connects at once instead of waiting for the back-off. */
  kick(): void {
    if (this.stopped || this.wire?.readyState === open) return;
    this.attempt = 0;
    this.connect();
  }

  /** Hears a conversation's events with seq > after, now and after each reconnection. */
  subscribe(conversation: string, after: number): void {
    this.cursors.set(conversation, after);
    this.send({ type: "subscribe", conversation, after });
  }

  unsubscribe(conversation: string): void {
    if (this.cursors.delete(conversation)) this.send({ type: "unsubscribe", conversation });
  }

  private after(run: () => void, ms: number): unknown {
    return (this.options.setTimeout ?? ((work, wait) => setTimeout(work, wait)))(run, ms);
  }

  private cancel(timer: unknown): void {
    if (timer !== null) (this.options.clearTimeout ?? ((t) => clearTimeout(t as number)))(timer);
  }

  private drop(): void {
    this.cancel(this.retry);
    this.cancel(this.beat);
    this.retry = this.beat = null;
    const wire = this.wire;
    this.wire = null;
    if (!wire) return;
    wire.onopen = wire.onclose = wire.onmessage = null;
    wire.close();
  }

  private connect(): void {
    this.drop();
    this.options.onState("connecting");
    const make = this.options.connect ?? ((url) => new WebSocket(url) as Wire);
    const wire = make(this.options.url);
    this.wire = wire;
    wire.onopen = () => {
      this.attempt = 0;
      this.options.onState("open");
      for (const [conversation, after] of this.cursors) this.send({ type: "subscribe", conversation, after });
      this.ping();
    };
    wire.onclose = () => this.lost();
    wire.onmessage = (event) => this.receive(event.data);
  }

  private lost(): void {
    this.drop();
    if (this.stopped) return;
    this.options.onState("down");
    this.retry = this.after(() => this.connect(), backoff(this.attempt++, this.options.random));
  }

  private ping(): void {
    this.cancel(this.beat);
    this.beat = this.after(() => {
      this.send({ type: "ping" });
      this.beat = this.after(() => this.lost(), pongWithin);
    }, pingEvery);
  }

  private receive(data: unknown): void {
    if (this.wire?.readyState === open) this.ping(); // whatever arrives proves that the line lives
    let frame: ServerFrame;
    try {
      frame = JSON.parse(String(data)) as ServerFrame;
    } catch {
      return this.lost(); // not our protocol: a proxy's page, or a cut frame
    }
    if (frame.type === "event") {
      const known = this.cursors.get(frame.event.conversation);
      if (known !== undefined && frame.event.seq > known) this.cursors.set(frame.event.conversation, frame.event.seq);
    }
    this.options.onFrame(frame);
  }

  private send(frame: ClientFrame): void {
    if (this.wire?.readyState === open) this.wire.send(JSON.stringify(frame));
  }
}
