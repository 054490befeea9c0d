import type { BotInfo } from "../shared/types";
import type { Outgoing } from "./outbox";

/** What the widget remembers of a conversation between page loads. */
export interface Remembered {
  conversation: string;
  token: string;
  /** Milliseconds since the epoch; after it the token is refused. */
  expires: number;
  bot: BotInfo;
  /** Messages not sent yet. */
  pending: Outgoing[];
  /** Seq of the last message the visitor has seen. */
  read: number;
}

/** The part of Storage that is used; page storage may be missing or full. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Keeps one conversation per bot and customer; without usable storage, for the page's life. */
export class Memory {
  private readonly shelf: Shelf | null;
  private readonly key: string;
  private value: Remembered | null = null;

  constructor(shelf: Shelf | null, scope: string) {
    this.shelf = shelf;
    this.key = `yingda.chat.${scope}`;
  }

  /** The conversation to continue, or null when there is none or its token has expired. */
  load(now: number): Remembered | null {
    if (this.value === null) this.value = this.read();
    if (this.value && this.value.expires <= now) this.clear();
    return this.value;
  }

  save(value: Remembered): void {
    this.value = value;
    this.write();
  }

  update(change: Partial<Remembered>): void {
    if (!this.value) return;
    this.value = { ...this.value, ...change };
    this.write();
  }

  clear(): void {
    this.value = null;
    try {
      this.shelf?.removeItem(this.key);
    } catch {
      return; // storage is blocked: nothing was kept there
    }
  }

  private read(): Remembered | null {
    try {
      const parsed = JSON.parse(this.shelf?.getItem(this.key) ?? "null") as Remembered | null;
      if (!parsed || typeof parsed.conversation !== "string" || typeof parsed.token !== "string") return null;
      return { ...parsed, pending: Array.isArray(parsed.pending) ? parsed.pending : [], read: Number(parsed.read) || 0 };
    } catch {
      return null;
    }
  }

  private write(): void {
    try {
      this.shelf?.setItem(this.key, JSON.stringify(this.value));
    } catch {
      return; // a full or blocked storage: the conversation lives as long as the page
    }
  }
}

/** The page's storage, or null where the browser forbids it. */
export function pageShelf(): Shelf | null {
  try {
    const probe = "yingda.probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return null;
  }
}
