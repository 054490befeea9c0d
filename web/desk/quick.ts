/** For whom a quick reply is. */
export type QuickScope = "bot" | "team" | "agent";

export interface QuickAttachment {
  name: string;
  url: string;
  mime?: string;
  bytes?: number;
}

/** A quick reply as it is written. */
export interface QuickWords {
  scope: QuickScope;
  owner?: string;
  title: string;
  text: string;
  folder?: string;
  shortcut?: string;
  attachments?: QuickAttachment[];
  place?: number;
  version?: number;
}

/** A quick reply as the server offers it: `filled` has what is known in its slots, `missing` names the rest. */
export interface QuickReply extends QuickWords {
  id: string;
  uses: number;
  filled: string;
  missing: string[];
  score: number;
  /** How the title is typed by sound. */
  keys: string[];
  editable: boolean;
}

const slot = /\{\{\s*[a-z][a-z0-9_.]*\s*\}\}/g;

/** The slots that nobody filled, as they stand in the text, each once. */
export function blanksOf(text: string): string[] {
  return [...new Set(text.match(slot) ?? [])];
}

/** Where the next slot stands after `from`, or from the beginning; null when there is none. */
export function nextBlank(text: string, from: number): { start: number; end: number } | null {
  const all = [...text.matchAll(slot)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
  return all.find((blank) => blank.start >= from) ?? all[0] ?? null;
}

/** What is typed after a slash before the caret, and where the slash stands; null when no list should open. */
export function slashAt(text: string, caret: number): { from: number; query: string } | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf("/");
  if (from < 0 || (from > 0 && !/[\s，。！？、；：]/.test(before[from - 1] ?? ""))) return null;
  const query = before.slice(from + 1);
  return /[\s/]/.test(query) || query.length > 20 ? null : { from, query };
}

/** Puts words in place of text[from, to) and tells where the caret goes: to the first slot in them, else behind them. */
export function inserted(text: string, from: number, to: number, words: string): { text: string; start: number; end: number } {
  const whole = text.slice(0, from) + words + text.slice(to);
  const blank = nextBlank(words, 0);
  if (blank) return { text: whole, start: from + blank.start, end: from + blank.end };
  return { text: whole, start: from + words.length, end: from + words.length };
}

/** Full width letters and capitals make no difference. */
function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

function fit(reply: QuickReply, query: string): number {
  const title = folded(reply.title);
  if (reply.shortcut === query) return 6;
  if (reply.shortcut?.startsWith(query)) return 5;
  if (title.startsWith(query)) return 4;
  if (title.includes(query) || (reply.keys ?? []).some((key) => key.startsWith(query))) return 3;
  return folded(reply.folder ?? "").includes(query) || folded(reply.text).includes(query) ? 2 : 0;
}

/** The replies that fit what is typed, the best first; equals keep the server's order. */
export function matching(list: readonly QuickReply[], query: string): QuickReply[] {
  const wanted = folded(query.trim());
  if (wanted === "") return [...list];
  return list
    .map((reply) => ({ reply, fit: fit(reply, wanted) }))
    .filter((one) => one.fit > 0)
    .sort((a, b) => b.fit - a.fit)
    .map((one) => one.reply);
}

/** What is said with the attachments: an address a line below the text. */
export function withAttachments(reply: QuickReply): string {
  const lines = (reply.attachments ?? []).map((attachment) => (attachment.name && attachment.name !== attachment.url ? `${attachment.name}：${attachment.url}` : attachment.url));
  return [reply.filled, ...lines].join("\n");
}
