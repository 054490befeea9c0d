import { DeleteOutlined, EyeOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import type { ReactNode } from "react";
import { useConsole } from "../tools";
import { AnswerField } from "./AnswerField";
import { Blocks } from "./Blocks";
import type { VariantForm } from "./draft";
import { Period } from "./Period";

interface VariantsProps {
  variants: readonly VariantForm[];
  onChange: (variants: VariantForm[]) => void;
  looking: number;
  onLook: (at: number) => void;
}

/** Other answers by channel, customer tag and time; the first that fits is said. */
export function Variants({ variants, onChange, looking, onLook }: VariantsProps): ReactNode {
  const { t } = useConsole();
  const change = (at: number, part: Partial<VariantForm>) => onChange(variants.map((variant, i) => (i === at ? { ...variant, ...part } : variant)));
  const add = () => {
    onChange([...variants, { channels: [], tags: [], from: "", until: "", answer: "", blocks: [] }]);
    onLook(variants.length);
  };
  return (
    <div className="stack">
      <p className="hint">{t("variants_hint")}</p>
      {variants.map((variant, at) => (
        <fieldset key={at} className="piece">
          <legend>{t("variant_n", { n: at + 1 })}</legend>
          <span className="piece-tools">
            <Button type="text" size="small" icon={<EyeOutlined />} aria-pressed={looking === at} onClick={() => onLook(looking === at ? -1 : at)}>{t("variant_look")}</Button>
            <Button
              type="text" size="small" icon={<DeleteOutlined />} aria-label={t("remove")}
              onClick={() => {
                onLook(-1);
                onChange(variants.filter((_, i) => i !== at));
              }}
            />
          </span>
          <div className="two">
            <label className="labelled">{t("field_channels")}<Select mode="tags" value={variant.channels} placeholder={t("channels_all")} aria-label={t("field_channels")} onChange={(channels: string[]) => change(at, { channels })} options={["web", "app", "wechat"].map((value) => ({ value, label: value }))} /></label>
            <label className="labelled">{t("field_tags")}<Select mode="tags" value={variant.tags} placeholder={t("tags_all")} aria-label={t("field_tags")} onChange={(tags: string[]) => change(at, { tags })} /></label>
          </div>
          <Period label={t("variant_period")} from={variant.from} until={variant.until} onChange={(from, until) => change(at, { from, until })} />
          <AnswerField id={`answer-${at}`} value={variant.answer} missing={false} onChange={(answer) => change(at, { answer })} />
          <Blocks blocks={variant.blocks} onChange={(blocks) => change(at, { blocks })} />
        </fieldset>
      ))}
      <Button icon={<PlusOutlined />} disabled={variants.length >= 20} onClick={add}>{t("variant_add")}</Button>
    </div>
  );
}
