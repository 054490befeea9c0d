import { Button, Dropdown, Input } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { type ReactNode, useRef } from "react";
import type { Key } from "../strings";
import { useConsole } from "../tools";
import { slots } from "./slots";

/** An answer in Markdown, with a menu that writes slots where the cursor is. */
export function AnswerField({ id, value, missing, onChange }: { id: string; value: string; missing: boolean; onChange: (value: string) => void }): ReactNode {
  const { t } = useConsole();
  const field = useRef<TextAreaRef>(null);
  const insert = (name: string) => {
    const area = field.current?.resizableTextArea?.textArea;
    const at = area?.selectionStart ?? value.length;
    const end = area?.selectionEnd ?? at;
    onChange(`${value.slice(0, at)}{{${name}}}${value.slice(end)}`);
    field.current?.focus();
  };
  const items = slots.map(([name]) => ({ key: name, label: <span className="slot-item"><code>{`{{${name}}}`}</code> {t(`slot_${name.replace(".", "_")}` as Key)}</span>, onClick: () => insert(name) }));
  return (
    <div className="labelled">
      <span className="label-line">
        <label htmlFor={id}>{t("answer")} <span className="hint">{t("answer_markdown")}</span></label>
        <Dropdown trigger={["click"]} menu={{ items, style: { maxHeight: 320, overflow: "auto" } }}><Button size="small" type="text">{t("slot_insert")}</Button></Dropdown>
      </span>
      <Input.TextArea id={id} ref={field} value={value} autoSize={{ minRows: 5, maxRows: 16 }} maxLength={8000} status={missing && value.trim() === "" ? "error" : ""} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}
