import { millis } from "../shared/time";
import type { Actor, Attachment, Block, Button, Event, Message, Status, StatusChange } from "../shared/types";

export type Delivery = "sent" | "sending" | "waiting" | "failed";

export interface MessageItem {
  kind: "message";
  /** Stable for the life of the item, also when a sent message gets its id. */
  key: string;
  id?: string;
  clientId?: string;
  from: "visitor" | "bot" | "agent";
  name?: string;
  text: string;
  markdown: boolean;
  buttons: Button[];
  blocks: Block[];
  attachments: Attachment[];
  /** Ids of the articles that the text came from. */
  articles: string[];
  /** Why the bot spoke; empty for people. */
  reason: string;
  at: number;
  seq?: number;
  delivery: Delivery;
  error?: string;
}

export interface NoticeItem {
  kind: "notice";
  key: string;
  to: Status;
  name?: string;
  at: number;
  seq: number;
}

export type Item = MessageItem | NoticeItem;

const bare = { blocks: [], attachments: [], articles: [] };

/**
 * What the visitor sees of one conversation: a fold of its public events and
 * of the messages still on their way. Applying an event twice changes nothing.
 */
export class Timeline {
  status: Status = "new";
  owner: Actor | undefined;
  lastSeq = 0;
  private list: Item[] = [];
  private readonly seen = new Set<number>();

  /** Items in reading order: numbered ones by seq, those on their way last. */
  items(): readonly Item[] {
    return this.list;
  }

  /** Applies an event and returns the item it added or completed, if any. */
  apply(event: Event, now: number): Item | undefined {
    if (this.seen.has(event.seq)) return undefined;
    this.seen.add(event.seq);
    this.lastSeq = Math.max(this.lastSeq, event.seq);
    const at = millis(event.at, now);
    switch (event.type) {
      case "conversation.started":
        if (this.status === "new") this.status = "bot";
        return undefined;
      case "message.received":
        return this.place(event.data as Message, "visitor", event.actor, at, event.seq);
      case "message.sent":
        return this.place(event.data as Message, event.actor.kind === "agent" ? "agent" : "bot", event.actor, at, event.seq);
      case "status.changed":
        return this.change(event.data as StatusChange, at, event.seq);
      default:
        return undefined;
    }
  }

  /** Shows a message of the visitor before the server has it. */
  addOutgoing(clientId: string, text: string, at: number): MessageItem {
    const item: MessageItem = {
      kind: "message", key: `c:${clientId}`, clientId, from: "visitor", text, markdown: false,
      ...bare, buttons: [], reason: "", at, delivery: "sending",
    };
    this.insert(item);
    return item;
  }

  /** Shows words that are no event: the greeting of a bot that sent none. */
  addLocal(text: string, buttons: Button[], at: number): void {
    this.list.unshift({
      kind: "message", key: "greeting", from: "bot", text, markdown: true, ...bare, buttons, reason: "greeting", at, seq: 0, delivery: "sent",
    });
  }

  /** Records that the server took the message, and the replies that came in the same answer. */
  confirm(clientId: string, message: Message, replies: readonly Message[], at: number): void {
    const item = this.outgoing(clientId);
    if (item) {
      item.id = message.id;
      item.delivery = "sent";
      delete item.error;
    }
    for (const reply of replies) {
      if (!this.byId(reply.id)) this.insert(fromMessage(reply, "bot", { kind: "bot" }, at));
    }
  }

  setDelivery(clientId: string, delivery: Delivery, error?: string): void {
    const item = this.outgoing(clientId);
    if (!item || item.delivery === "sent") return;
    item.delivery = delivery;
    if (error === undefined) delete item.error;
    else item.error = error;
  }

  remove(clientId: string): void {
    this.list = this.list.filter((item) => !(item.kind === "message" && item.clientId === clientId && item.delivery !== "sent"));
  }

  outgoing(clientId: string): MessageItem | undefined {
    return this.list.find((item): item is MessageItem => item.kind === "message" && item.clientId === clientId);
  }

  private byId(id: string): MessageItem | undefined {
    return this.list.find((item): item is MessageItem => item.kind === "message" && item.id === id);
  }

  private place(message: Message, from: MessageItem["from"], actor: Actor, at: number, seq: number): Item {
    const known = (message.client_id && from === "visitor" ? this.outgoing(message.client_id) : undefined) ?? this.byId(message.id);
    if (!known) {
      const item = { ...fromMessage(message, from, actor, at), seq };
      this.insert(item);
      return item;
    }
    Object.assign(known, { ...fromMessage(message, from, actor, at), key: known.key, seq });
    delete known.error;
    this.sort();
    return known;
  }

  private change(change: StatusChange, at: number, seq: number): Item | undefined {
    this.status = change.to;
    this.owner = change.owner;
    const silent = change.to === "new" || (change.to === "bot" && (change.from === "new" || change.from === "bot"));
    if (silent) return undefined;
    const item: NoticeItem = {
      kind: "notice", key: `s:${seq}`, to: change.to, at, seq, ...(change.owner?.name ? { name: change.owner.name } : {}),
    };
    this.insert(item);
    return item;
  }

  private insert(item: Item): void {
    this.list.push(item);
    this.sort();
  }

  private sort(): void {
    // Array.sort is stable: items without a seq keep the order in which they were added.
    this.list.sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity) || 0);
  }
}

function fromMessage(message: Message, from: MessageItem["from"], actor: Actor, at: number): MessageItem {
  return {
    kind: "message",
    key: `m:${message.id}`,
    id: message.id,
    ...(message.client_id ? { clientId: message.client_id } : {}),
    from,
    ...(actor.name ? { name: actor.name } : {}),
    text: message.text,
    markdown: message.markdown ?? false,
    buttons: message.buttons ?? [],
    blocks: message.blocks ?? [],
    attachments: message.attachments ?? [],
    articles: message.articles ?? [],
    reason: message.kind ?? "",
    at,
    delivery: "sent",
  };
}
