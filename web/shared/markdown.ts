/**
 * The part of Markdown that shop answers use, parsed to a tree that pages turn
 * into elements. HTML is never interpreted: it stays text.
 */

export type Inline =
  | { t: "text"; v: string }
  | { t: "br" }
  | { t: "strong" | "em" | "del"; c: Inline[] }
  | { t: "code"; v: string }
  | { t: "link"; href: string; c: Inline[] }
  | { t: "image"; src: string; alt: string };

export type Block =
  | { t: "p" | "h"; c: Inline[] }
  | { t: "ul" | "ol"; start: number; items: Inline[][] }
  | { t: "quote"; c: Block[] }
  | { t: "pre"; v: string }
  | { t: "table"; head: Inline[][]; rows: Inline[][][] }
  | { t: "hr" };

const maxDepth = 6;
const bullet = /^\s{0,6}[-*+•]\s+(.*)$/;
// "2.5 kg" and "2025.11.01" are no lists: a point or bracket needs a blank after it.
const ordered = /^\s{0,6}(\d{1,3})(?:[.)]\s+|、\s*)(?=\S)(.*)$/;
const fence = /^\s{0,3}```/;
const rule = /^\s{0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/;
const heading = /^\s{0,3}#{1,6}\s+(.*)$/;
const tableRule = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** Parses Markdown into blocks, in time linear in the text's length. */
export function parseMarkdown(text: string, depth = 0): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i] ?? "";
    if (line.trim() === "") {
      i++;
    } else if (fence.test(line)) {
      const body: string[] = [];
      for (i++; i < lines.length && !fence.test(lines[i] ?? ""); i++) body.push(lines[i] ?? "");
      i++;
      blocks.push({ t: "pre", v: body.join("\n") });
    } else if (rule.test(line)) {
      blocks.push({ t: "hr" });
      i++;
    } else if (heading.test(line)) {
      blocks.push({ t: "h", c: parseInline(heading.exec(line)?.[1] ?? "") });
      i++;
    } else if (line.trimStart().startsWith(">") && depth < maxDepth) {
      const body: string[] = [];
      for (; i < lines.length && (lines[i] ?? "").trimStart().startsWith(">"); i++) {
        body.push((lines[i] ?? "").trimStart().slice(1).replace(/^ /, ""));
      }
      blocks.push({ t: "quote", c: parseMarkdown(body.join("\n"), depth + 1) });
    } else if (bullet.test(line) || ordered.test(line)) {
      i = parseList(lines, i, blocks);
    } else if (line.includes("|") && tableRule.test(lines[i + 1] ?? "") && (lines[i + 1] ?? "").includes("-")) {
      i = parseTable(lines, i, blocks);
    } else {
      const body: string[] = [line];
      for (i++; i < lines.length && !startsBlock(lines[i] ?? ""); i++) body.push(lines[i] ?? "");
      blocks.push({ t: "p", c: parseInline(body.join("\n")) });
    }
  }
  return blocks;
}

function startsBlock(line: string): boolean {
  return (
    line.trim() === "" ||
    fence.test(line) ||
    rule.test(line) ||
    heading.test(line) ||
    bullet.test(line) ||
    ordered.test(line) ||
    line.trimStart().startsWith(">")
  );
}

function parseList(lines: string[], from: number, blocks: Block[]): number {
  const isOrdered = !bullet.test(lines[from] ?? "");
  const pattern = isOrdered ? ordered : bullet;
  const items: string[] = [];
  const start = isOrdered ? Number(ordered.exec(lines[from] ?? "")?.[1] ?? 1) : 1;
  let i = from;
  for (; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const match = pattern.exec(line);
    if (match) items.push((isOrdered ? match[2] : match[1]) ?? "");
    else if (/^\s{2,}\S/.test(line) && !startsBlock(line)) items[items.length - 1] += `\n${line.trim()}`;
    else break;
  }
  blocks.push({ t: isOrdered ? "ol" : "ul", start, items: items.map((item) => parseInline(item)) });
  return i;
}

function parseTable(lines: string[], from: number, blocks: Block[]): number {
  const cells = (line: string) =>
    line
      .trim()
      .replace(/^\|/, "")
      .replace(/\|$/, "")
      .split("|")
      .map((cell) => parseInline(cell.trim()));
  const head = cells(lines[from] ?? "");
  const rows: Inline[][][] = [];
  let i = from + 2;
  for (; i < lines.length && (lines[i] ?? "").includes("|"); i++) {
    const row = cells(lines[i] ?? "").slice(0, head.length);
    while (row.length < head.length) row.push([]);
    rows.push(row);
  }
  blocks.push({ t: "table", head, rows });
  return i;
}

const bareLink = /^https?:\/\/[^\s<>"'`，。！？；、（）【】《》]+/i;
const special = /[\\`*~![\n]|https?:\/\//gi;

/** Parses the inline marks of one paragraph. */
export function parseInline(text: string, depth = 0): Inline[] {
  const out: Inline[] = [];
  const missing = new Set<string>(); // closers known not to come: keeps the scan linear
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain !== "") out.push({ t: "text", v: plain });
    plain = "";
  };
  const push = (node: Inline) => {
    flush();
    out.push(node);
  };
  const find = (closer: string, from: number) => {
    if (missing.has(closer)) return -1;
    const index = text.indexOf(closer, from);
    if (index < 0) missing.add(closer);
    return index;
  };
  while (at < text.length) {
    special.lastIndex = at;
    const next = special.exec(text);
    if (!next) {
      plain += text.slice(at);
      break;
    }
    plain += text.slice(at, next.index);
    at = next.index;
    const used = markAt(text, at, depth, find, push);
    if (used > 0) at += used;
    else if (text[at] === "\\" && /[\\`*~![\]#>|_-]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1] ?? "";
      at += 2;
    } else {
      plain += text[at] ?? "";
      at++;
    }
  }
  flush();
  return out;
}

type Find = (closer: string, from: number) => number;

/** Reads one mark at `at` and returns how many characters it took; 0 when there is none. */
function markAt(text: string, at: number, depth: number, find: Find, push: (node: Inline) => void): number {
  const char = text[at];
  if (char === "\n") {
    push({ t: "br" });
    return 1;
  }
  if (char === "`") {
    const end = find("`", at + 1);
    if (end <= at + 1) return 0;
    push({ t: "code", v: text.slice(at + 1, end) });
    return end + 1 - at;
  }
  if (char === "h" || char === "H") {
    const match = bareLink.exec(text.slice(at, at + 2048));
    const href = match ? match[0].replace(/[.,;:!?)\]]+$/, "") : "";
    if (!safeLink(href)) return 0;
    push({ t: "link", href, c: [{ t: "text", v: href }] });
    return href.length;
  }
  if (depth >= maxDepth) return 0;
  if (char === "*" || char === "~") return emphasis(text, at, depth, find, push);
  if (char === "[" || char === "!") return link(text, at, depth, find, push);
  return 0;
}

function emphasis(text: string, at: number, depth: number, find: Find, push: (node: Inline) => void): number {
  for (const [mark, kind] of [["**", "strong"], ["~~", "del"], ["*", "em"]] as const) {
    if (!text.startsWith(mark, at)) continue;
    const from = at + mark.length;
    const end = find(mark, from + 1);
    const body = end < 0 ? "" : text.slice(from, end);
    if (body.trim() === "" || /^\s/.test(body) || body.includes("\n\n")) continue;
    push({ t: kind, c: parseInline(body, depth + 1) });
    return end + mark.length - at;
  }
  return 0;
}

function link(text: string, at: number, depth: number, find: Find, push: (node: Inline) => void): number {
  const image = text[at] === "!";
  const open = image ? at + 1 : at;
  if (text[open] !== "[") return 0;
  const middle = find("](", open + 1);
  if (middle < 0 || middle - open > 500) return 0;
  const end = find(")", middle + 2);
  if (end < 0 || end - middle > 2050) return 0;
  const label = text.slice(open + 1, middle);
  const target = text.slice(middle + 2, end).trim();
  if (label.includes("\n\n") || /\s/.test(target)) return 0;
  if (image) {
    if (!safeImage(target)) return 0;
    push({ t: "image", src: target, alt: label });
  } else {
    if (!safeLink(target)) return 0;
    push({ t: "link", href: target, c: parseInline(label, depth + 1) });
  }
  return end + 1 - at;
}

/** Whether an address may become a link: web, phone and mail only, never a script. */
export function safeLink(href: string): boolean {
  return /^(?:https?:\/\/[^\s/]|tel:[+\d]|mailto:[^\s@]+@)/i.test(href);
}

/** Whether an address may become a picture. */
export function safeImage(src: string): boolean {
  return /^https:\/\/[^\s/]/i.test(src);
}

/** The address of rich content, or null: https, or a path of the server's own files. */
export function safeAddress(url: string, server: string): string | null {
  if (/^\/(?![/\\])/.test(url)) return server + url;
  return safeImage(url) ? url : null;
}

/** The text of inline marks without the marks. */
export function inlineText(nodes: Inline[]): string {
  return nodes
    .map((node) => {
      if (node.t === "text" || node.t === "code") return node.v;
      if (node.t === "br") return "\n";
      return node.t === "image" ? node.alt : inlineText(node.c);
    })
    .join("");
}

/** The words of Markdown on one line, for lists and previews. */
export function plainLine(text: string): string {
  const words = (blocks: readonly Block[]): string[] =>
    blocks.flatMap((block) => {
      if (block.t === "hr") return [];
      if (block.t === "pre") return [block.v];
      if (block.t === "quote") return words(block.c);
      if (block.t === "table") return [block.head, ...block.rows].map((row) => row.map(inlineText).join(" "));
      return "items" in block ? block.items.map(inlineText) : [inlineText(block.c)];
    });
  return words(parseMarkdown(text)).join(" ").replace(/\s+/g, " ").trim();
}
