import { Modal } from "antd";
import type { ReactNode } from "react";
import { useDesk } from "./hooks";
import type { Key } from "./strings";
import { modifier } from "./Suggestions";

const keys: [string[], Key][] = [
  [["J", "K"], "key_move"],
  [["1", "–", "4"], "key_tabs"],
  [["C"], "key_claim"],
  [["R"], "key_reply"],
  [["N"], "key_note"],
  [["B"], "key_release"],
  [["X"], "key_close"],
  [["/"], "key_quick"],
  [["Alt+1", "–", "5"], "key_fill"],
  [[`${modifier}1`, "–", "5"], "key_send"],
  [["Esc"], "key_escape"],
  [["?"], "key_help"],
];

/** The list of keyboard shortcuts. */
export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const { t } = useDesk();
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t("shortcuts")} width={440}>
      <dl className="keys">
        {keys.map(([names, key]) => (
          <div key={key}>
            <dt>{names.map((name, i) => (name === "–" ? <span key={i}> – </span> : <kbd key={i}>{name}</kbd>))}</dt>
            <dd>{t(key)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
