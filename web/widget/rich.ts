import { type Block, type Inline, parseMarkdown, safeAddress, safeLink } from "../shared/markdown";
import type { Attachment, BlockButton, Block as RichBlock } from "../shared/types";
import { h } from "./dom";

export interface RichActions {
  /** The server's origin, for paths of its own files. */
  server: string;
  press(button: BlockButton): void;
}

/** Elements of an answer's rich content. What has no safe address is shown as its words. */
export function richBlocks(blocks: readonly RichBlock[], actions: RichActions, disabled: boolean): HTMLElement[] {
  return blocks.map((block) => {
    const href = block.url ? safeAddress(block.url, actions.server) : null;
    switch (block.kind) {
      case "image":
        return href ? h("a", { class: "picture", ...opens(href) }, picture(href, block.text ?? "")) : words(block);
      case "link":
        return href ? h("a", { class: "card link-card", ...opens(href) }, ...words(block).childNodes) : words(block);
      case "card": {
        const image = block.image ? safeAddress(block.image, actions.server) : null;
        const body = [image && picture(image, ""), words(block)];
        return h(
          "div", { class: "card" },
          href ? h("a", { class: "card-body", ...opens(href) }, ...body) : h("div", { class: "card-body" }, ...body),
          blockButtons(block.buttons, actions, disabled),
        );
      }
      case "buttons":
        return blockButtons(block.buttons, actions, disabled) ?? words(block);
      default:
        return words(block); // of a later version
    }
  });
}

/** Elements of files to download. */
export function files(attachments: readonly Attachment[], server: string): HTMLElement[] {
  return attachments.map((file) => {
    const href = safeAddress(file.url, server);
    const size = file.bytes ? h("span", { class: "size" }, file.bytes < 1024 * 1024 ? `${Math.ceil(file.bytes / 1024)} KB` : `${(file.bytes / 1024 / 1024).toFixed(1)} MB`) : null;
    return href ? h("a", { class: "card file", download: file.name, ...opens(href) }, h("span", {}, file.name), size) : h("div", { class: "card file" }, file.name);
  });
}

/** Attributes of a link to another page. */
export function opens(href: string): Record<string, string> {
  return { href, target: "_blank", rel: "noopener noreferrer nofollow" };
}

function picture(src: string, alt: string): HTMLElement {
  return h("img", { src, alt, loading: "lazy", referrerpolicy: "no-referrer", onerror: (event: Event) => (event.target as HTMLElement).remove() });
}

function words(block: RichBlock): HTMLElement {
  return h("div", { class: "words" }, block.title ? h("div", { class: "card-title" }, block.title) : null, block.text ? h("div", { class: "card-text" }, block.text) : null);
}

function blockButtons(buttons: readonly BlockButton[] | undefined, actions: RichActions, disabled: boolean): HTMLElement | null {
  if (!buttons || buttons.length === 0) return null;
  return h(
    "div", { class: "choices" },
    ...buttons.map((button) => {
      const href = button.press === "url" ? safeAddress(button.value ?? "", actions.server) ?? (safeLink(button.value ?? "") ? button.value : null) : null;
      if (href) return h("a", { class: "choice", ...opens(href) }, button.label);
      return h("button", { type: "button", class: "choice", disabled: disabled || button.press === "url", onclick: () => actions.press(button) }, button.label);
    }),
  );
}

/** Elements of a message: Markdown as a tree of nodes, plain text with its line breaks. Never through innerHTML. */
export function richText(text: string, markdown: boolean): HTMLElement {
  if (!markdown) return h("div", { class: "text plain" }, text);
  return h("div", { class: "text" }, ...parseMarkdown(text).map(block));
}

function block(node: Block): HTMLElement {
  switch (node.t) {
    case "p":
      return h("p", {}, ...node.c.map(inline));
    case "h":
      return h("p", { class: "heading" }, ...node.c.map(inline));
    case "ul":
      return h("ul", {}, ...node.items.map((item) => h("li", {}, ...item.map(inline))));
    case "ol":
      return h("ol", { start: node.start }, ...node.items.map((item) => h("li", {}, ...item.map(inline))));
    case "quote":
      return h("blockquote", {}, ...node.c.map(block));
    case "pre":
      return h("pre", {}, node.v);
    case "hr":
      return h("hr");
    case "table":
      return h(
        "div",
        { class: "table" },
        h(
          "table",
          {},
          h("thead", {}, h("tr", {}, ...node.head.map((cell) => h("th", {}, ...cell.map(inline))))),
          h("tbody", {}, ...node.rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, ...cell.map(inline)))))),
        ),
      );
  }
}

function inline(node: Inline): Node {
  switch (node.t) {
    case "text":
      return document.createTextNode(node.v);
    case "br":
      return h("br");
    case "strong":
    case "em":
    case "del":
      return h(node.t, {}, ...node.c.map(inline));
    case "code":
      return h("code", {}, node.v);
    case "link":
      return h("a", opens(node.href), ...node.c.map(inline));
    case "image":
      return h("img", { src: node.src, alt: node.alt, loading: "lazy", referrerpolicy: "no-referrer" });
  }
}
