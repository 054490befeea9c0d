import type { Actor, BotInfo, Event, EventType, Message, Packet, Status, StatusChange, Suggestion, Summary } from "../../shared/types";

export const bot: BotInfo & { id: string } = {
  id: "demo",
  name: "云栖优品",
  bot_name: "小栖",
  greeting: "您好，我是云栖优品的智能助手**小栖**，可以帮您查物流、查订单，也可以解答购物问题。请问有什么可以帮您？",
  menu: ["我的快递到哪了", "怎么退货", "什么时候发货", "能开发票吗"],
};

export interface Conversation {
  id: string;
  token: string;
  visitor: string;
  customer?: string;
  status: Status;
  owner?: Actor;
  events: Event[];
  suggestions: Suggestion[];
  packet?: Packet;
  slots: Record<string, string>;
  step: "" | "number" | "tail";
  misses: number;
  queuedAt?: string;
  byClientId: Map<string, { message: Message; replies: Message[] }>;
}

let counter = 0;
export const nextId = (prefix: string) => `${prefix}_${(++counter).toString(36).padStart(6, "0")}`;

/** All conversations of the mock, and who hears of their events. */
export class World {
  readonly conversations = new Map<string, Conversation>();
  readonly listeners = new Set<(event: Event, conversation: Conversation) => void>();
  now: () => Date = () => new Date();

  start(visitor: string, customer?: string): Conversation {
    const conversation: Conversation = {
      id: nextId("cv"), token: nextId("tok"), visitor, status: "new", events: [], suggestions: [],
      slots: {}, step: "", misses: 0, byClientId: new Map(), ...(customer ? { customer } : {}),
    };
    this.conversations.set(conversation.id, conversation);
    this.append(conversation, "conversation.started", { kind: "visitor", id: visitor }, { visitor, channel: "web", ...(customer ? { customer } : {}) });
    this.change(conversation, "bot", { kind: "bot", name: bot.bot_name });
    return conversation;
  }

  append(conversation: Conversation, type: EventType, actor: Actor, data: unknown): Event {
    const event: Event = {
      id: nextId("ev"), bot: bot.id, conversation: conversation.id, seq: conversation.events.length + 1,
      type, at: this.now().toISOString(), actor, data,
    };
    conversation.events.push(event);
    for (const listener of this.listeners) listener(event, conversation);
    return event;
  }

  change(conversation: Conversation, to: Status, owner?: Actor, actor: Actor = { kind: "system" }): void {
    const from = conversation.status;
    conversation.status = to;
    if (owner) conversation.owner = owner;
    else delete conversation.owner;
    if (to === "queued") conversation.queuedAt = this.now().toISOString();
    const data: StatusChange = { from, to, ...(owner ? { owner } : {}) };
    this.append(conversation, "status.changed", actor, data);
  }

  say(conversation: Conversation, actor: Actor, message: Omit<Message, "id">): Message {
    const full: Message = { id: nextId("ms"), ...message };
    this.append(conversation, "message.sent", actor, full);
    return full;
  }

  find(id: string): Conversation | undefined {
    return this.conversations.get(id);
  }
}

export function isPublic(event: Event): boolean {
  return ["conversation.started", "message.received", "message.sent", "status.changed"].includes(event.type);
}

/** Folds a conversation to the row that lists show. */
export function summarize(c: Conversation): Summary {
  let last: { text: string; from: Summary["last_from"] } = { text: "", from: "system" };
  let unread = 0;
  let intent = "";
  let sentiment = "";
  for (const event of c.events) {
    if (event.type === "message.received") {
      last = { text: (event.data as Message).text, from: "visitor" };
      unread++;
    } else if (event.type === "message.sent") {
      last = { text: (event.data as Message).text, from: event.actor.kind };
      if (event.actor.kind === "agent") unread = 0;
    } else if (event.type === "message.analyzed") {
      const data = event.data as { intents: { name: string }[]; sentiment: { label: string } };
      intent = data.intents[0]?.name ?? intent;
      sentiment = data.sentiment.label;
    }
  }
  const first = c.events[0];
  const newest = c.events.at(-1);
  return {
    bot: bot.id, conversation: c.id, visitor: c.visitor, channel: "web", status: c.status,
    ...(c.customer ? { customer: c.customer } : {}),
    ...(c.status === "human" && c.owner?.id ? { owner: c.owner.id } : {}),
    ...(intent ? { intent } : {}), ...(sentiment ? { sentiment } : {}),
    last_text: last.text, last_from: last.from, unread,
    started_at: first?.at ?? "", updated_at: newest?.at ?? "",
    ...(c.queuedAt ? { queued_at: c.queuedAt } : {}), seq: c.events.length,
  };
}
