import { type Block, type Inline, parseMarkdown } from "../shared/markdown";
import { h } from "./dom";

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
      return h("a", { href: node.href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...node.c.map(inline));
    case "image":
      return h("img", { src: node.src, alt: node.alt, loading: "lazy", referrerpolicy: "no-referrer" });
  }
}
