import { millis } from "../shared/time";
import type { ActionResult, Analyzed, Event, Handoff, Message, Note, SentimentLabel, Slot, Status, StatusChange } from "../shared/types";

/** One line of the desk's conversation view. */
export type Entry =
  | {
      kind: "message"; key: string; at: number; from: "visitor" | "bot" | "agent"; name: string; agent: string; text: string; markdown: boolean;
      buttons: string[]; intent?: { name: string; confidence: number }; sentiment?: SentimentLabel;
    }
  | { kind: "note"; key: string; at: number; name: string; text: string }
  | { kind: "status"; key: string; at: number; from: Status; to: Status; name: string }
  | { kind: "handoff"; key: string; at: number; reason: string }
  | { kind: "slot"; key: string; at: number; name: string; value: string }
  | { kind: "action"; key: string; at: number; action: string; fault: string; ms: number; detail: string };

/** Lays out events for reading. Analyses are joined to their messages; the machine's steps are entries of their own. */
export function entriesOf(events: readonly Event[]): Entry[] {
  const analyses = new Map<string, Analyzed>();
  for (const event of events) {
    if (event.type === "message.analyzed") analyses.set((event.data as Analyzed).message, event.data as Analyzed);
  }
  const out: Entry[] = [];
  for (const event of events) {
    const key = String(event.seq);
    const at = millis(event.at, 0);
    const name = event.actor.name ?? "";
    switch (event.type) {
      case "message.received":
      case "message.sent": {
        const message = event.data as Message;
        const analysis = analyses.get(message.id);
        const best = analysis?.intents?.[0];
        out.push({
          kind: "message", key, at, name, agent: event.actor.kind === "agent" ? (event.actor.id ?? "") : "",
          from: event.type === "message.received" ? "visitor" : event.actor.kind === "agent" ? "agent" : "bot",
          text: message.text, markdown: message.markdown ?? false, buttons: (message.buttons ?? []).map((button) => button.title || button.text),
          ...(best ? { intent: best } : {}), ...(analysis ? { sentiment: analysis.sentiment.label } : {}),
        });
        break;
      }
      case "note.added":
        out.push({ kind: "note", key, at, name, text: (event.data as Note).text });
        break;
      case "status.changed": {
        const change = event.data as StatusChange;
        if (change.from !== "new") out.push({ kind: "status", key, at, from: change.from, to: change.to, name: change.owner?.name ?? "" });
        break;
      }
      case "handoff.requested":
        out.push({ kind: "handoff", key, at, reason: (event.data as Handoff).reason });
        break;
      case "slot.filled": {
        const slot = event.data as Slot;
        out.push({ kind: "slot", key, at, name: slot.name, value: slot.value ?? "" });
        break;
      }
      case "action.returned": {
        const result = event.data as ActionResult;
        out.push({ kind: "action", key, at, action: result.action, fault: result.fault ?? "", ms: result.took_ns / 1e6, detail: result.message ?? "" });
        break;
      }
      default: // flow marks and suggestions have no line of their own
    }
  }
  return out;
}

/** Whether an entry is a step of the machine, shown only on request. */
export function isDetail(entry: Entry): boolean {
  return entry.kind === "slot" || entry.kind === "action";
}

/** The sentiment of the visitor's messages, oldest first; empty before the first analysis. */
export function trendOf(events: readonly Event[]): SentimentLabel[] {
  return events.filter((event) => event.type === "message.analyzed").map((event) => (event.data as Analyzed).sentiment.label);
}

/** The articles a visitor was shown, newest last, with the question where an analysis names it. */
export function shownOf(events: readonly Event[]): { article: string; question: string }[] {
  const questions = new Map<string, string>();
  const shown = new Map<string, string>();
  for (const event of events) {
    if (event.type === "message.analyzed") {
      for (const candidate of (event.data as Analyzed).candidates ?? []) questions.set(candidate.article, candidate.question);
    } else if (event.type === "message.sent") {
      for (const article of (event.data as Message).articles ?? []) shown.set(article, questions.get(article) ?? article);
    }
  }
  return [...shown].map(([article, question]) => ({ article, question }));
}

/** The reason of the last hand-off, or empty. */
export function handoffReason(events: readonly Event[]): string {
  const last = events.findLast((event) => event.type === "handoff.requested");
  return last ? (last.data as Handoff).reason : "";
}
