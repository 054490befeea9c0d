import type { Source } from "../../shared/stream";
import type { Actor, Event, EventType } from "../../shared/types";

/** An event with plain values for what a test does not care about. */
export function event(seq: number, type: EventType, data: unknown, actor: Actor = { kind: "system" }): Event {
  return { id: `ev_${seq}`, bot: "demo", conversation: "cv_1", seq, type, at: new Date(Date.UTC(2025, 2, 1, 8, 0, seq)).toISOString(), actor, data };
}

/** A server-sent event source under a test's control. */
export class FakeSource implements Source {
  closed = false;
  readonly url: string;
  private readonly listeners = new Map<string, ((event: { data?: string }) => void)[]>();

  constructor(url: string) {
    this.url = url;
  }

  addEventListener(type: string, listener: (event: { data?: string }) => void): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  close(): void {
    this.closed = true;
  }

  emit(type: string, data?: unknown): void {
    for (const listener of this.listeners.get(type) ?? []) listener(data === undefined ? {} : { data: typeof data === "string" ? data : JSON.stringify(data) });
  }

  deliver(sent: Event): void {
    this.emit(sent.type, sent);
  }
}
