import { LinkOutlined, PaperClipOutlined, PictureOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { safeAddress } from "../../shared/markdown";
import { RichText } from "../../shared/react/RichText";
import type { Attachment, Block, BlockButton } from "../../shared/types";
import { useConsole } from "../tools";
import { sampled } from "./slots";

interface PreviewProps {
  question: string;
  answer: string;
  blocks: readonly Block[];
  attachments: readonly Attachment[];
}

/** An answer as the customer's chat shows it, its slots filled for a sample customer. */
export function Preview({ question, answer, blocks, attachments }: PreviewProps): ReactNode {
  const { t } = useConsole();
  return (
    <div className="phone">
      <div className="bubble mine">{question.trim() || t("question")}</div>
      {answer.trim() === "" ? <p className="hint">{t("preview_empty")}</p> : <div className="bubble preview"><RichText text={sampled(answer)} markdown /></div>}
      {blocks.map((block, i) => <BlockView key={i} block={block} />)}
      {attachments.map((file, i) => <div key={i} className="block file"><PaperClipOutlined /> {file.name || t("attachment_name")}</div>)}
    </div>
  );
}

function BlockView({ block }: { block: Block }): ReactNode {
  const { t } = useConsole();
  const buttons = <Buttons list={block.buttons ?? []} />;
  switch (block.kind) {
    case "image":
      return <div className="block"><Picture url={block.url ?? ""} text={block.text ?? ""} /></div>;
    case "link":
      return <div className="block link"><LinkOutlined /> {block.title || block.url || t("block_link")}</div>;
    case "card":
      return <div className="block card-block">{block.image ? <Picture url={block.image} text={block.title ?? ""} /> : null}<b>{sampled(block.title || t("block_title"))}</b>{block.text ? <p>{sampled(block.text)}</p> : null}{buttons}</div>;
    case "buttons":
      return <div className="block bare">{buttons}</div>;
  }
}

function Picture({ url, text }: { url: string; text: string }): ReactNode {
  const src = safeAddress(url, "");
  return src ? <img src={src} alt={text} loading="lazy" referrerPolicy="no-referrer" /> : <div className="no-picture"><PictureOutlined /> {text}</div>;
}

function Buttons({ list }: { list: readonly BlockButton[] }): ReactNode {
  const { t } = useConsole();
  return <div className="choices">{list.map((button, i) => <span key={i} className="choice">{button.label || t("button_label")}</span>)}</div>;
}
