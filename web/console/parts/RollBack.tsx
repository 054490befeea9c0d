import { Alert, App, Modal } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { randomId } from "../../shared/ids";
import type { Revision } from "../types";
import { errorText, timeText, useConsole, useLoad } from "../tools";
import { Shown } from "./Shown";

/** Asks before the whole base goes back to a revision, with the changes that it takes back. */
export function RollBack({ to, onClose }: { to: number; onClose: (done: Revision | null) => void }): ReactNode {
  const { api, t, lang } = useConsole();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [key] = useState(() => randomId("rb_"));
  const load = useLoad(useCallback(async (signal: AbortSignal) => (await api.versions.history(0, 200, signal)).filter((one) => one.number > to), [api, to]));
  const run = async () => {
    setBusy(true);
    setError("");
    try {
      const done = await api.versions.rollBack(to, "", key);
      void message.success(done.changed ? t("rolled_back", { n: to }) : t("rolled_nothing"));
      onClose(done.revision);
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
    }
  };
  return (
    <Modal
      open
      title={t("roll_title", { n: to })}
      okText={t("roll_do")}
      cancelText={t("cancel")}
      okButtonProps={{ danger: true, disabled: load.data === null }}
      confirmLoading={busy}
      onOk={() => void run()}
      onCancel={() => onClose(null)}
    >
      <p>{t("roll_hint")}</p>
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} />}
      <Shown load={load} empty={(list) => (list.length === 0 ? t("roll_none") : null)}>
        {(list) => (
          <>
            <p className="hint">{t("roll_takes", { n: list.length, put: sum(list, "put"), deleted: sum(list, "deleted") })}</p>
            <ul className="taken-back">
              {list.map((one) => <li key={one.number}><b>#{one.number}</b> {one.note || t("rev_no_note")} <span className="hint">{one.author} · {timeText(one.at, lang)} · {t("rev_counts", { put: one.put, deleted: one.deleted })}</span></li>)}
            </ul>
          </>
        )}
      </Shown>
    </Modal>
  );
}

function sum(list: readonly Revision[], what: "put" | "deleted"): number {
  return list.reduce((total, one) => total + one[what], 0);
}
