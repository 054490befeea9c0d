import type { ReactNode } from "react";
import { type Block, type Inline, parseMarkdown } from "../markdown";

/** A message: Markdown as elements, plain text with its line breaks. */
export function RichText({ text, markdown }: { text: string; markdown: boolean }): ReactNode {
  if (!markdown) return <div className="rich plain">{text}</div>;
  return <div className="rich">{parseMarkdown(text).map(block)}</div>;
}

function block(node: Block, key: number): ReactNode {
  switch (node.t) {
    case "p":
      return <p key={key}>{node.c.map(inline)}</p>;
    case "h":
      return <p key={key} className="heading">{node.c.map(inline)}</p>;
    case "ul":
      return <ul key={key}>{node.items.map((item, i) => <li key={i}>{item.map(inline)}</li>)}</ul>;
    case "ol":
      return <ol key={key} start={node.start}>{node.items.map((item, i) => <li key={i}>{item.map(inline)}</li>)}</ol>;
    case "quote":
      return <blockquote key={key}>{node.c.map(block)}</blockquote>;
    case "pre":
      return <pre key={key}>{node.v}</pre>;
    case "hr":
      return <hr key={key} />;
    case "table":
      return (
        <div key={key} className="table">
          <table>
            <thead><tr>{node.head.map((cell, i) => <th key={i}>{cell.map(inline)}</th>)}</tr></thead>
            <tbody>{node.rows.map((row, r) => <tr key={r}>{row.map((cell, i) => <td key={i}>{cell.map(inline)}</td>)}</tr>)}</tbody>
          </table>
        </div>
      );
  }
}

function inline(node: Inline, key: number): ReactNode {
  switch (node.t) {
    case "text":
      return node.v;
    case "br":
      return <br key={key} />;
    case "strong":
      return <strong key={key}>{node.c.map(inline)}</strong>;
    case "em":
      return <em key={key}>{node.c.map(inline)}</em>;
    case "del":
      return <del key={key}>{node.c.map(inline)}</del>;
    case "code":
      return <code key={key}>{node.v}</code>;
    case "link":
      return <a key={key} href={node.href} target="_blank" rel="noopener noreferrer nofollow">{node.c.map(inline)}</a>;
    case "image":
      return <img key={key} src={node.src} alt={node.alt} loading="lazy" referrerPolicy="no-referrer" />;
  }
}
