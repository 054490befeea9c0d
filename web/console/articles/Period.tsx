import { Input } from "antd";
import type { ReactNode } from "react";
import { useConsole } from "../tools";

/** A time from and until, both in the browser's zone; the end is not included. */
export function Period({ label, from, until, onChange }: { label: string; from: string; until: string; onChange: (from: string, until: string) => void }): ReactNode {
  const { t } = useConsole();
  return (
    <div className="labelled">
      <span>{label} <span className="hint">{t("period_hint")}</span></span>
      <span className="period">
        <Input type="datetime-local" value={from} aria-label={`${label}：${t("field_valid_from")}`} onChange={(event) => onChange(event.target.value, until)} />
        <span>—</span>
        <Input type="datetime-local" value={until} aria-label={`${label}：${t("field_valid_until")}`} onChange={(event) => onChange(from, event.target.value)} />
      </span>
    </div>
  );
}
