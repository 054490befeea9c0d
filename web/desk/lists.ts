import { millis } from "../shared/time";
import type { Summary } from "../shared/types";

export type Tab = "queued" | "mine" | "bot" | "closed";
export const tabs: readonly Tab[] = ["queued", "mine", "bot", "closed"];

/** The conversations of a tab: the queue longest-waiting first, mine with unread ones first, the others newest first. */
export function listOf(summaries: Iterable<Summary>, tab: Tab, me: string): Summary[] {
  const newest = (a: Summary, b: Summary) => millis(b.updated_at, 0) - millis(a.updated_at, 0);
  const all = [...summaries].filter((summary) => tabOf(summary, me) === tab);
  switch (tab) {
    case "queued":
      return all.sort((a, b) => queuedAt(a) - queuedAt(b));
    case "mine":
      return all.sort((a, b) => Number(b.unread > 0) - Number(a.unread > 0) || newest(a, b));
    default:
      return all.sort(newest);
  }
}

/** Where a conversation is listed; null for those of other agents and those not begun. */
export function tabOf(summary: Summary, me: string): Tab | null {
  if (summary.status === "human") return summary.owner === me ? "mine" : null;
  return summary.status === "new" ? null : summary.status;
}

/** When the conversation joined the queue, in milliseconds. */
export function queuedAt(summary: Summary): number {
  return millis(summary.queued_at, millis(summary.updated_at, 0));
}

/** How pressing a wait is: calm under a minute, long over three. */
export function urgency(waited: number): "calm" | "due" | "long" {
  return waited < 60_000 ? "calm" : waited < 180_000 ? "due" : "long";
}

/** What to call the customer: the shop's id, or the end of the visitor's. */
export function customerName(summary: Summary, visitor: string): string {
  return summary.customer || `${visitor} ${summary.visitor.slice(-4)}`;
}
