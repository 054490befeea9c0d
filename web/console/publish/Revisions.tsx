import { Button } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { RollBack } from "../parts/RollBack";
import { Shown } from "../parts/Shown";
import { go, timeText, useConsole, useLoad } from "../tools";

const pageSize = 50;

/** The base's changes, the newest first; it can go back to each. */
export function Revisions({ marked }: { marked: number }): ReactNode {
  const { api, t, lang } = useConsole();
  const [before, setBefore] = useState(0);
  const [target, setTarget] = useState(-1);
  const load = useLoad(useCallback((signal: AbortSignal) => api.versions.history(before, pageSize, signal), [api, before]));
  return (
    <>
      <p className="hint">{t("history_hint")}</p>
      <Shown load={load} empty={(list) => (list.length === 0 ? t("history_empty") : null)}>
        {(list) => (
          <ol className="timeline-list">
            {list.map((one, i) => {
              const newest = before === 0 && i === 0;
              return (
                <li key={one.number} className={one.number === marked ? "marked-row" : ""} data-revision={one.number}>
                  <div className="timeline-head">
                    <b>#{one.number}</b> <span>{one.note || t("rev_no_note")}</span>
                    <span className="hint">{one.author || t("by_system")} · {timeText(one.at, lang)} · {t("rev_counts", { put: one.put, deleted: one.deleted })}</span>
                    <span className="grow" />
                    {newest ? <span className="hint">{t("edition_now")}</span> : <Button size="small" data-action="roll-back" onClick={() => setTarget(one.number)}>{t("roll_to")}</Button>}
                  </div>
                </li>
              );
            })}
            {list.length < pageSize && <li><div className="timeline-head"><b>#0</b> <span className="hint">{t("rev_zero")}</span><span className="grow" />{list.length > 0 && <Button size="small" onClick={() => setTarget(0)}>{t("roll_to")}</Button>}</div></li>}
          </ol>
        )}
      </Shown>
      <div className="more">
        {before > 0 && <Button onClick={() => setBefore(0)}>{t("history_newest")}</Button>}
        {load.data?.length === pageSize && <Button onClick={() => setBefore(load.data?.at(-1)?.number ?? 0)}>{t("history_older")}</Button>}
      </div>
      {target >= 0 && (
        <RollBack
          to={target}
          onClose={(done) => {
            setTarget(-1);
            if (!done) return;
            setBefore(0);
            load.reload();
            if (done.number > 0) go("publish", "history", done.number);
          }}
        />
      )}
    </>
  );
}
