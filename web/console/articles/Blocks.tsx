import { ArrowUpOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Dropdown, Input, Select } from "antd";
import type { ReactNode } from "react";
import type { Block, BlockButton } from "../../shared/types";
import { useConsole } from "../tools";

const kinds = ["image", "link", "card", "buttons"] as const;
const presses = ["say", "url", "flow", "human"] as const;
const parts = { image: ["url", "text"], link: ["title", "url"], card: ["title", "text", "image", "url"], buttons: [] } as const;

/** The rich content after an answer: pictures, links, cards and buttons, in order. */
export function Blocks({ blocks, onChange }: { blocks: readonly Block[]; onChange: (blocks: Block[]) => void }): ReactNode {
  const { t } = useConsole();
  const change = (at: number, part: Partial<Block>) => onChange(blocks.map((block, i) => (i === at ? { ...block, ...part } : block)));
  const up = (at: number) => onChange(blocks.map((block, i) => (i === at - 1 ? (blocks[at] ?? block) : i === at ? (blocks[at - 1] ?? block) : block)));
  return (
    <div className="stack">
      {blocks.map((block, at) => (
        <fieldset key={at} className="piece">
          <legend>{t(`block_${block.kind}`)}</legend>
          <span className="piece-tools">
            <Button type="text" size="small" icon={<ArrowUpOutlined />} aria-label={t("move_up")} disabled={at === 0} onClick={() => up(at)} />
            <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("remove")} onClick={() => onChange(blocks.filter((_, i) => i !== at))} />
          </span>
          {parts[block.kind].map((part) => <Input key={part} value={block[part] ?? ""} aria-label={t(`block_part_${part}`)} placeholder={t(`block_part_${part}`)} onChange={(event) => change(at, { [part]: event.target.value })} />)}
          {(block.kind === "buttons" || block.kind === "card") && <ButtonList buttons={block.buttons ?? []} onChange={(buttons) => change(at, { buttons })} />}
        </fieldset>
      ))}
      <Dropdown trigger={["click"]} menu={{ items: kinds.map((kind) => ({ key: kind, label: t(`block_${kind}`), onClick: () => onChange([...blocks, { kind, ...(kind === "buttons" ? { buttons: [{ label: "", press: "say" as const }] } : {}) }]) })) }}>
        <Button icon={<PlusOutlined />} disabled={blocks.length >= 10}>{t("block_add")}</Button>
      </Dropdown>
    </div>
  );
}

function ButtonList({ buttons, onChange }: { buttons: readonly BlockButton[]; onChange: (buttons: BlockButton[]) => void }): ReactNode {
  const { t } = useConsole();
  const change = (at: number, part: Partial<BlockButton>) => onChange(buttons.map((button, i) => (i === at ? { ...button, ...part } : button)));
  return (
    <div className="stack">
      {buttons.map((button, at) => (
        <div key={at} className="button-row">
          <Input value={button.label} aria-label={t("button_label")} placeholder={t("button_label")} maxLength={20} onChange={(event) => change(at, { label: event.target.value })} />
          <Select value={button.press} aria-label={t("button_press")} onChange={(press) => change(at, { press })} options={presses.map((press) => ({ value: press, label: t(`press_${press}`) }))} />
          {button.press !== "human" && <Input value={button.value ?? ""} aria-label={t(`press_value_${button.press}`)} placeholder={t(`press_value_${button.press}`)} onChange={(event) => change(at, { value: event.target.value })} />}
          <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("remove")} onClick={() => onChange(buttons.filter((_, i) => i !== at))} />
        </div>
      ))}
      <Button size="small" type="dashed" icon={<PlusOutlined />} onClick={() => onChange([...buttons, { label: "", press: "say" }])}>{t("button_add")}</Button>
    </div>
  );
}
