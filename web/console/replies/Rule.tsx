import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input, InputNumber, Select, Switch } from "antd";
import type { ReactNode } from "react";
import type { ReplyRule } from "../types";
import { useConsole } from "../tools";

interface RuleProps {
  rule: ReplyRule;
  previews: readonly string[];
  slots: readonly string[];
  onChange: (rule: ReplyRule) => void;
}

const times = { first_message: [], waiting: ["after_seconds", "every_seconds", "most"], off_hours: ["every_seconds"], slow_agent: ["after_seconds", "every_seconds", "most"], silent_visitor: ["after_seconds", "close_after_seconds", "most"], closing: [] } as const;

/** One automatic reply: whether, when and what is said, beside what customers read. */
export function Rule({ rule, previews, slots, onChange }: RuleProps): ReactNode {
  const { t } = useConsole();
  const texts = rule.texts ?? [];
  const set = (part: Partial<ReplyRule>) => onChange({ ...rule, ...part });
  const name = t(`reply_${rule.kind}`);
  return (
    <section className={rule.on ? "panel rule" : "panel rule off"} aria-label={name}>
      <div className="panel-head">
        <Switch checked={rule.on} aria-label={name} onChange={(on) => set({ on })} />
        <h2>{name}</h2>
        <span className="hint">{t(`reply_${rule.kind}_hint`)}</span>
      </div>
      {rule.on && (
        <div className="rule-columns">
          <div className="stack">
            <div className="times">
              {times[rule.kind].map((field) => (
                <label key={field} className="labelled">{t(`rule_${field}`)}
                  <InputNumber min={0} max={field === "most" ? 100 : 10_080} value={field === "most" ? (rule.most ?? 0) : (rule[field] ?? 0) / 60} suffix={t(field === "most" ? "times" : "minutes")} onChange={(value) => set({ [field]: field === "most" ? (value ?? 0) : Math.round((value ?? 0) * 60) })} />
                </label>
              ))}
              <label className="labelled">{t("field_channels")}<Select mode="tags" value={rule.channels ?? []} placeholder={t("channels_all")} aria-label={`${name}：${t("field_channels")}`} onChange={(channels: string[]) => set({ channels })} style={{ minWidth: 150 }} options={["web", "app", "wechat"].map((value) => ({ value, label: value }))} /></label>
            </div>
            {rule.kind === "first_message" && (
              <>
                <Checkbox checked={rule.popular ?? false} onChange={(event) => set({ popular: event.target.checked })}>{t("rule_popular")}</Checkbox>
                <Checkbox checked={rule.before_answer ?? false} onChange={(event) => set({ before_answer: event.target.checked })}>{t("rule_before_answer")}</Checkbox>
                <label className="labelled">{t("rule_menu")}<Select mode="tags" maxCount={6} value={rule.menu ?? []} aria-label={t("rule_menu")} onChange={(menu: string[]) => set({ menu })} /></label>
              </>
            )}
            {texts.map((text, i) => (
              <div key={i} className="wording">
                <Input.TextArea value={text} maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} aria-label={`${name}：${t("wording_n", { n: i + 1 })}`} onChange={(event) => set({ texts: texts.map((one, n) => (n === i ? event.target.value : one)) })} />
                <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("remove")} onClick={() => set({ texts: texts.filter((_, n) => n !== i) })} />
              </div>
            ))}
            <div className="actions"><Button size="small" type="dashed" icon={<PlusOutlined />} disabled={texts.length >= 10} onClick={() => set({ texts: [...texts, ""] })}>{t("wording_add")}</Button><span className="hint">{t("slots_sure")} {slots.map((slot) => <code key={slot}>{`{{${slot}}}`}</code>)}</span></div>
          </div>
          <div className="phone">
            <div className="caption">{t("preview")}</div>
            {previews.length === 0 ? <p className="hint">{t(rule.kind === "first_message" ? "greeting_own" : "wording_none")}</p> : previews.map((text, i) => <div key={i} className="bubble">{text}</div>)}
            {rule.kind === "first_message" && (rule.menu?.length ?? 0) > 0 && <div className="choices">{rule.menu?.map((question) => <span key={question} className="choice">{question}</span>)}</div>}
          </div>
        </div>
      )}
    </section>
  );
}
