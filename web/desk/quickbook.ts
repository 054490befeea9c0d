import { ApiError } from "../shared/http";
import type { DeskApi } from "./api";
import type { QuickReply, QuickWords } from "./quick";

/** The quick replies of one conversation. */
export interface QuickShelf {
  phase: "loading" | "ready" | "error";
  error: string;
  list: readonly QuickReply[];
}

const loading: QuickShelf = { phase: "loading", error: "", list: [] };

/** The quick replies of the opened conversations: read, filtered on the page, changed through the server. */
export class QuickBook {
  private shelves: ReadonlyMap<string, QuickShelf> = new Map();
  private readonly api: DeskApi;
  private readonly notify: (text: string) => void;
  private readonly listeners = new Set<() => void>();
  private readonly asked = new Map<string, number>();
  /** The replies put into each conversation's draft, until it is sent. */
  private readonly inDraft = new Map<string, Set<string>>();

  constructor(api: DeskApi, notify: (text: string) => void) {
    this.api = api;
    this.notify = notify;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): ReadonlyMap<string, QuickShelf> => this.shelves;

  private put(id: string, shelf: QuickShelf): void {
    this.shelves = new Map(this.shelves).set(id, shelf);
    for (const listener of this.listeners) listener();
  }

  /** Reads the replies for a conversation; of several readings the last one asked for counts. */
  async load(id: string, draft = ""): Promise<void> {
    const turn = (this.asked.get(id) ?? 0) + 1;
    this.asked.set(id, turn);
    const before = this.shelves.get(id);
    if (!before || before.phase === "error") this.put(id, loading);
    try {
      const list = await this.api.quickReplies(id, draft);
      if (this.asked.get(id) === turn) this.put(id, { phase: "ready", error: "", list });
    } catch (error) {
      if (this.asked.get(id) !== turn) return;
      const text = error instanceof Error ? error.message : String(error);
      this.put(id, { phase: "error", error: text, list: before?.list ?? [] });
    }
  }

  /** Remembers that a reply stands in the draft. */
  drafted(id: string, reply: string): void {
    const replies = this.inDraft.get(id) ?? new Set();
    this.inDraft.set(id, replies.add(reply));
  }

  /** Counts the replies of a draft that was sent. */
  sent(id: string): void {
    const replies = this.inDraft.get(id) ?? new Set<string>();
    this.inDraft.delete(id);
    for (const reply of replies) {
      this.api.quickReplyUsed(reply).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error; // the statistics' loss, not the agent's
      });
    }
  }

  /** Adds or changes a reply; throws what the server has against it. */
  async save(id: string, words: QuickWords, reply?: string): Promise<void> {
    await this.api.saveQuickReply(words, reply);
    await this.load(id);
  }

  async remove(id: string, reply: string): Promise<void> {
    try {
      await this.api.deleteQuickReply(reply);
    } catch (error) {
      this.notify(error instanceof Error ? error.message : String(error));
    }
    await this.load(id);
  }
}
