import { backoff } from "../shared/backoff";
import { ApiError } from "../shared/http";
import type { SendResult } from "../shared/types";

export interface Outgoing {
  clientId: string;
  text: string;
  at: number;
}

export interface OutboxOptions {
  /** Sends one message; called again with the same clientId until it settles. */
  post(message: Outgoing): Promise<SendResult>;
  onSending(message: Outgoing): void;
  onSent(message: Outgoing, result: SendResult): void;
  /** Not sent for want of a connection; it goes out again by flush. */
  onWaiting(message: Outgoing): void;
  /** Refused for good: sending it again unchanged would be refused again. */
  onFailed(message: Outgoing, error: ApiError): void;
  /** The conversation cannot be reached with this token (401, 403, 404). */
  onGone(): void;
  /** Persists what is not sent yet, so that a reload loses nothing. */
  save(pending: readonly Outgoing[]): void;
  wait?(ms: number): Promise<void>;
  random?: () => number;
}

const quickRetries = 2;
/** The longest pause of Retry-After that is waited out without asking the visitor. */
const patience = 10_000;

/**
 * Sends messages one after the other, in order, each under its own client id:
 * a message sent twice because an answer was lost counts once. Transient
 * failures are retried; after that the queue waits for `flush`.
 */
export class Outbox {
  private readonly options: OutboxOptions;
  private queue: Outgoing[] = [];
  private refused: Outgoing[] = [];
  private busy = false;
  private halted = false;
  private closed = false;

  constructor(options: OutboxOptions) {
    this.options = options;
  }

  /** Messages not sent yet, in order. */
  get pending(): readonly Outgoing[] {
    return this.queue;
  }

  get sending(): boolean {
    return this.busy;
  }

  add(message: Outgoing): void {
    this.queue.push(message);
    this.persist();
    if (this.halted) this.options.onWaiting(message);
    else void this.pump();
  }

  /** Tries again what waits, after the connection came back. */
  flush(): void {
    this.halted = false;
    void this.pump();
  }

  /** Sends a message again that was waiting or refused. */
  retry(clientId: string): void {
    const index = this.refused.findIndex((message) => message.clientId === clientId);
    const [again] = index < 0 ? [] : this.refused.splice(index, 1);
    if (again) {
      this.queue.push(again);
      this.persist();
    }
    this.flush();
  }

  /** Forgets a message that is not being sent. */
  drop(clientId: string): void {
    this.queue = this.queue.filter((message, i) => message.clientId !== clientId || (i === 0 && this.busy));
    this.refused = this.refused.filter((message) => message.clientId !== clientId);
    this.persist();
  }

  /** Ends the outbox and returns what was not sent. */
  close(): Outgoing[] {
    this.closed = true;
    const rest = this.queue;
    this.queue = [];
    return rest;
  }

  private persist(): void {
    this.options.save(this.queue);
  }

  private async pump(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (!this.closed && !this.halted && this.queue[0]) await this.sendOne(this.queue[0]);
    this.busy = false;
  }

  private async sendOne(message: Outgoing): Promise<void> {
    this.options.onSending(message);
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await this.options.post(message);
        if (this.closed) return;
        this.queue.shift();
        this.persist();
        this.options.onSent(message, result);
        return;
      } catch (cause) {
        if (this.closed) return;
        const error = cause instanceof ApiError ? cause : new ApiError(0, "network", String(cause));
        if (error.transient && attempt < quickRetries) {
          const wait = error.retryAfter > 0 ? error.retryAfter * 1000 : backoff(attempt, this.options.random);
          if (wait <= patience) {
            await (this.options.wait ?? pause)(wait);
            if (this.closed) return;
            continue;
          }
        }
        this.settle(message, error);
        return;
      }
    }
  }

  private settle(message: Outgoing, error: ApiError): void {
    if (error.transient) {
      this.halted = true;
      for (const waiting of this.queue) this.options.onWaiting(waiting);
      return;
    }
    if (error.status === 401 || error.status === 403 || error.status === 404) {
      this.halted = true;
      for (const waiting of this.queue) this.options.onWaiting(waiting);
      this.options.onGone();
      return;
    }
    this.queue.shift();
    this.refused.push(message);
    this.persist();
    this.options.onFailed(message, error);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
