/** Shapes of the HTTP, SSE and WebSocket contract. The Go struct tags of package dialog are their source. */

export type Status = "new" | "bot" | "queued" | "human" | "closed";
export type ActorKind = "visitor" | "bot" | "agent" | "system";
export type SentimentLabel = "negative" | "neutral" | "positive";

export interface Actor {
  kind: ActorKind;
  id?: string;
  name?: string;
}

export type EventType =
  | "conversation.started"
  | "message.received"
  | "message.analyzed"
  | "message.sent"
  | "slot.filled"
  | "slot.cleared"
  | "flow.started"
  | "flow.moved"
  | "flow.resumed"
  | "flow.ended"
  | "action.called"
  | "action.returned"
  | "answer.missed"
  | "status.changed"
  | "handoff.requested"
  | "suggestions.shown"
  | "suggestion.used"
  | "note.added";

/** One fact of a conversation. `seq` counts from 1 and is the cursor of the streams; `at` is RFC 3339. */
export interface Event {
  id: string;
  bot: string;
  conversation: string;
  seq: number;
  type: EventType;
  at: string;
  actor: Actor;
  data?: unknown;
}

export interface Button {
  title: string;
  text: string;
  /** A page to open instead of sending text. */
  url?: string;
  /** The flow that starts when the text comes back. */
  flow?: string;
}

/** A choice of an article's rich content. */
export interface BlockButton {
  label: string;
  press: "say" | "url" | "flow" | "human";
  value?: string;
}

/** Rich content after an answer's text. */
export interface Block {
  kind: "image" | "link" | "card" | "buttons";
  title?: string;
  text?: string;
  url?: string;
  image?: string;
  buttons?: BlockButton[];
}

/** A file to download. */
export interface Attachment {
  name: string;
  url: string;
  mime?: string;
  bytes?: number;
}

/** A question proposed while a customer types. */
export interface Proposal {
  article: string;
  question: string;
  /** The wording that matched: the question or a similar one. */
  wording: string;
  /** Parts of the wording, in code points. */
  marks: [number, number][];
}

/** A question of the help centre. */
export interface HelpQuestion {
  article: string;
  question: string;
}

export interface Message {
  id: string;
  text: string;
  markdown?: boolean;
  buttons?: Button[];
  blocks?: Block[];
  attachments?: Attachment[];
  articles?: string[];
  client_id?: string;
  reply_to?: string;
  kind?: string;
}

export interface Intent {
  name: string;
  confidence: number;
}

export interface Sentiment {
  label: SentimentLabel;
  score: number;
  scores: Record<SentimentLabel, number>;
}

export interface Entity {
  entity: string;
  start: number;
  end: number;
  text: string;
  value: string;
  unit?: string;
  confidence: number;
  candidates?: { value: string; score: number }[];
}

export interface Candidate {
  article: string;
  question: string;
  score: number;
  band: Band;
}

export type Band = "answer" | "suggest" | "abstain";

export interface Analyzed {
  message: string;
  intents: Intent[] | null;
  sentiment: Sentiment;
  entities?: Entity[];
  candidates?: Candidate[];
  degraded?: string;
}

export interface Slot {
  flow: string;
  name: string;
  value?: string;
  corrects?: boolean;
}

export interface ActionResult {
  call: string;
  action: string;
  result?: unknown;
  fault?: string;
  took_ns: number;
  message?: string;
}

export interface StatusChange {
  from: Status;
  to: Status;
  owner?: Actor;
  reason?: string;
}

export interface Fact {
  name: string;
  value: string;
}

export interface Suggestion {
  id: string;
  title: string;
  text: string;
  source: string;
  article?: string;
  score: number;
}

export interface Packet {
  summary: string;
  intent?: string;
  slots?: Record<string, string>;
  facts?: Fact[];
  shown?: Candidate[];
  trend?: string[];
  suggestions?: Suggestion[];
}

export interface Handoff {
  reason: string;
  skill_group?: string;
  packet: Packet;
}

export interface Note {
  text: string;
}

/** The row by which conversations are listed. */
export interface Summary {
  bot: string;
  conversation: string;
  visitor: string;
  customer?: string;
  channel: string;
  status: Status;
  owner?: string;
  skill_group?: string;
  intent?: string;
  sentiment?: string;
  last_text: string;
  last_from: ActorKind;
  unread: number;
  started_at: string;
  updated_at: string;
  queued_at?: string;
  seq: number;
}

export interface BotInfo {
  name: string;
  bot_name: string;
  greeting: string;
  menu?: string[] | null;
}

export interface StartedConversation {
  conversation: string;
  token: string;
  expires_at: string;
  status: Status;
  bot: BotInfo;
  events: Event[] | null;
}

export interface VisitorConversation {
  conversation: string;
  status: Status;
  owner?: Actor;
  events: Event[] | null;
}

export interface SendResult {
  message: Message;
  replies: Message[] | null;
  status: Status;
}

export interface AgentInfo {
  id: string;
  name: string;
  bot: string;
  role: string;
}

/** An order of the customer a desk talks to; amount in yuan as a decimal. */
export interface Order {
  number: string;
  status: string;
  title?: string;
  amount?: string;
  placed_at?: string;
  open?: boolean;
  carrier?: string;
  tracking_number?: string;
  parcel?: string;
}

/** Who the desk talks to. The name is what the shop's page told: not verified. */
export interface Customer {
  id?: string;
  visitor: string;
  name?: string;
  channel?: string;
  attributes?: Record<string, string> | null;
  orders?: Order[] | null;
}

export interface ConversationDetail {
  summary: Summary;
  status: Status;
  owner?: Actor;
  /** Why the bot handed over, when it did. */
  reason?: string;
  customer?: Customer | null;
  packet?: Packet | null;
  slots?: Record<string, string> | null;
  events: Event[] | null;
  suggestions?: Suggestion[] | null;
}

export type ServerFrame =
  | { type: "hello"; agent: AgentInfo; at: string }
  | { type: "summary"; summary: Summary }
  | { type: "event"; event: Event }
  | { type: "typing"; conversation: string; text: string }
  | { type: "suggestions"; conversation: string; suggestions: Suggestion[] | null }
  | { type: "error"; error: { code: string; detail: string } }
  | { type: "pong" };

export type ClientFrame =
  | { type: "subscribe"; conversation: string; after: number }
  | { type: "unsubscribe"; conversation: string }
  | { type: "ping" };

export interface Article {
  id: string;
  question: string;
  similar?: string[] | null;
  answer: string;
  category?: string;
  valid_from?: string | null;
  valid_until?: string | null;
  updated_at?: string;
  version?: number;
}

export interface ImportProblem {
  line: number;
  field?: string;
  code: string;
  message: string;
}

export interface ImportReport {
  rows: number;
  added: number;
  replaced: number;
  unchanged: number;
  rejected: number;
  problems: ImportProblem[] | null;
}

export interface SearchHit {
  article_id: string;
  question: string;
  answer: string;
  score: number;
  band: Band;
  phrase: string;
}

export interface ParseResult {
  id?: string;
  text: string;
  intent: Intent;
  intents: Intent[] | null;
  sentiment: Sentiment;
  entities: Entity[] | null;
}

export interface SegmentResult {
  text: string;
  tokens: { text: string; start: number; end: number; pos?: string }[];
}

/** What the server injects into the pages as `window.__YINGDA__`. */
export interface PageConfig {
  bot?: string;
  visitorKey?: string;
  version?: string;
  customer?: string;
  customerSignature?: string;
}

declare global {
  interface Window {
    __YINGDA__?: PageConfig;
  }
}
