import type { ActorKind, AgentInfo, ConversationDetail, Event, Message, StatusChange, Suggestion, Summary } from "../shared/types";
import type { SocketState } from "./socket";
import type { Tab } from "./lists";

/** A reply on its way to the customer. */
export interface Pending {
  clientId: string;
  text: string;
  at: number;
  state: "sending" | "failed";
  error: string;
  suggestion?: { id: string; use: "taken" | "edited" };
}

/** An opened conversation. */
export interface Detail {
  phase: "loading" | "ready" | "error";
  error: string;
  data: ConversationDetail | null;
  events: readonly Event[];
  suggestions: readonly Suggestion[];
  pending: readonly Pending[];
  /** What the customer is typing, and since when. */
  typing: { text: string; at: number } | null;
  owner: { kind: ActorKind; id: string; name: string };
}

/** The text being written for a conversation, and the suggestion it began as. */
export interface Draft {
  text: string;
  suggestion: { id: string; text: string } | null;
}

/** Everything the desk shows; replaced as a whole by each change. */
export interface DeskState {
  phase: "checking" | "signedOut" | "ready";
  /** Why the desk could not be reached while checking, or empty. */
  problem: string;
  agent: AgentInfo | null;
  connection: SocketState;
  listed: "loading" | "ready" | "error";
  summaries: ReadonlyMap<string, Summary>;
  tab: Tab;
  selected: string | null;
  details: ReadonlyMap<string, Detail>;
  drafts: ReadonlyMap<string, Draft>;
  /** Conversations with a claim, release or close under way. */
  busy: ReadonlySet<string>;
}

export const initial: DeskState = {
  phase: "checking",
  problem: "",
  agent: null,
  connection: "connecting",
  listed: "loading",
  summaries: new Map(),
  tab: "queued",
  selected: null,
  details: new Map(),
  drafts: new Map(),
  busy: new Set(),
};

export const noDraft: Draft = { text: "", suggestion: null };

export function emptyDetail(): Detail {
  return { phase: "loading", error: "", data: null, events: [], suggestions: [], pending: [], typing: null, owner: { kind: "system", id: "", name: "" } };
}

/** The detail as it is read from the server, keeping replies still on their way. */
export function loadedDetail(data: ConversationDetail, before: Detail): Detail {
  const events = mergeEvents(before.events, data.events ?? []);
  const suggestions = data.suggestions?.length ? data.suggestions : (data.packet?.suggestions ?? []);
  const { owner } = data;
  return {
    ...before, phase: "ready", error: "", data, events, suggestions, pending: stillPending(before.pending, events),
    owner: { kind: owner?.kind ?? "system", id: owner?.id ?? "", name: owner?.name ?? "" },
  };
}

/** Adds events by seq; known ones change nothing and keep the array's identity. */
export function mergeEvents(known: readonly Event[], more: readonly Event[]): readonly Event[] {
  const seqs = new Set(known.map((event) => event.seq));
  const fresh = more.filter((event) => !seqs.has(event.seq) && seqs.add(event.seq));
  return fresh.length === 0 ? known : [...known, ...fresh].sort((a, b) => a.seq - b.seq);
}

function stillPending(pending: readonly Pending[], events: readonly Event[]): readonly Pending[] {
  const sent = new Set(events.filter((event) => event.type === "message.sent").map((event) => (event.data as Message).client_id));
  return pending.filter((reply) => !sent.has(reply.clientId));
}

/** Folds a live event into an opened conversation. */
export function applyEvent(detail: Detail, event: Event): Detail {
  const events = mergeEvents(detail.events, [event]);
  if (events === detail.events || !detail.data) return detail;
  const next: Detail = { ...detail, events, pending: stillPending(detail.pending, events) };
  if (event.type === "message.received") next.typing = null;
  if (event.type === "status.changed") {
    const change = event.data as StatusChange;
    next.owner = { kind: change.owner?.kind ?? "system", id: change.owner?.id ?? "", name: change.owner?.name ?? "" };
    next.data = { ...detail.data, status: change.to };
  }
  if (event.type === "suggestions.shown") {
    const { suggestions } = event.data as { suggestions: Suggestion[] | null };
    if (suggestions?.length) next.suggestions = suggestions;
  }
  if (event.type === "handoff.requested") {
    const { packet } = event.data as { packet: ConversationDetail["packet"] };
    next.data = { ...(next.data ?? detail.data), packet: packet ?? null };
    if (packet?.suggestions?.length) next.suggestions = packet.suggestions;
  }
  return next;
}
