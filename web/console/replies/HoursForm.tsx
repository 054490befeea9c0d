import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, Select } from "antd";
import type { ReactNode } from "react";
import type { Hours } from "../types";
import { useConsole } from "../tools";

/** When people serve: the week's spans, days off, and days with hours of their own. */
export function HoursForm({ hours, onChange }: { hours: Hours; onChange: (hours: Hours) => void }): ReactNode {
  const { t } = useConsole();
  const weekly = hours.weekly ?? [];
  const closed = hours.closed ?? [];
  const extra = hours.extra ?? [];
  const days = [1, 2, 3, 4, 5, 6, 7].map((value) => ({ value, label: t(`day_${value as 1}`) }));
  return (
    <section className="panel" aria-label={t("hours")}>
      <div className="panel-head"><h2>{t("hours")}</h2><span className="hint">{t(weekly.length === 0 ? "hours_always" : "hours_hint")}</span></div>
      <div className="stack">
        {weekly.map((span, i) => {
          const set = (part: Partial<typeof span>) => onChange({ ...hours, weekly: weekly.map((one, n) => (n === i ? { ...one, ...part } : one)) });
          return (
            <div key={i} className="button-row hours-row">
              <Select mode="multiple" value={span.days} options={days} aria-label={t("hours_days")} onChange={(chosen: number[]) => set({ days: [...chosen].sort((a, b) => a - b) })} style={{ minWidth: 230 }} />
              <Input type="time" value={span.from} aria-label={t("hours_from")} onChange={(event) => set({ from: event.target.value })} />
              <span>—</span>
              <Input type="time" value={span.to === "24:00" ? "00:00" : span.to} aria-label={t("hours_to")} onChange={(event) => set({ to: event.target.value === "00:00" ? "24:00" : event.target.value })} />
              <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("remove")} onClick={() => onChange({ ...hours, weekly: weekly.filter((_, n) => n !== i) })} />
            </div>
          );
        })}
        <Button size="small" type="dashed" icon={<PlusOutlined />} onClick={() => onChange({ ...hours, weekly: [...weekly, { days: [1, 2, 3, 4, 5], from: "09:00", to: "18:00" }] })}>{t("hours_add")}</Button>
        <label className="labelled">{t("days_off")} <Select mode="tags" value={closed} placeholder="2026-10-01" aria-label={t("days_off")} onChange={(list: string[]) => onChange({ ...hours, closed: list })} /></label>
        {extra.map((day, i) => {
          const set = (part: Partial<typeof day>) => onChange({ ...hours, extra: extra.map((one, n) => (n === i ? { ...one, ...part } : one)) });
          return (
            <div key={i} className="button-row hours-row">
              <Input type="date" value={day.date} aria-label={t("hours_date")} onChange={(event) => set({ date: event.target.value })} />
              <Input type="time" value={day.from} aria-label={t("hours_from")} onChange={(event) => set({ from: event.target.value })} />
              <span>—</span>
              <Input type="time" value={day.to} aria-label={t("hours_to")} onChange={(event) => set({ to: event.target.value })} />
              <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("remove")} onClick={() => onChange({ ...hours, extra: extra.filter((_, n) => n !== i) })} />
            </div>
          );
        })}
        <Button size="small" type="dashed" icon={<PlusOutlined />} onClick={() => onChange({ ...hours, extra: [...extra, { date: "", from: "09:00", to: "18:00" }] })}>{t("extra_add")}</Button>
      </div>
    </section>
  );
}
