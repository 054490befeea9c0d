import { AutoComplete, Collapse, Input, InputNumber, Select } from "antd";
import { type ReactNode, useState } from "react";
import type { Review } from "../types";
import { useConsole } from "../tools";
import { AnswerField } from "./AnswerField";
import { Attachments } from "./Attachments";
import { Blocks } from "./Blocks";
import type { ArticleForm } from "./draft";
import { Period } from "./Period";
import { Preview } from "./Preview";
import { Variants } from "./Variants";

interface FieldsProps {
  form: ArticleForm;
  onChange: (form: ArticleForm) => void;
  categories: readonly string[];
  missing: boolean;
}

const reviews: readonly Review[] = ["", "review", "approved", "outdated"];

/** The fields of an article beside what customers will see. */
export function Fields({ form, onChange, categories, missing }: FieldsProps): ReactNode {
  const { t } = useConsole();
  const [looking, setLooking] = useState(-1); // the variant in the preview, -1 the usual answer
  const set = (part: Partial<ArticleForm>) => onChange({ ...form, ...part });
  const variant = form.variants[looking];
  return (
    <div className="editor-columns">
      <div className="editor-fields">
        <label className="labelled" htmlFor="question">{t("question")}
          <Input id="question" value={form.question} maxLength={200} showCount autoFocus status={missing && form.question.trim() === "" ? "error" : ""} onChange={(event) => set({ question: event.target.value })} />
        </label>
        <label className="labelled" htmlFor="similar">{t("similar")} <span className="hint">{t("similar_hint")}</span>
          <Input.TextArea id="similar" value={form.similar} autoSize={{ minRows: 3, maxRows: 10 }} onChange={(event) => set({ similar: event.target.value })} />
        </label>
        <AnswerField id="answer" value={form.answer} missing={missing} onChange={(answer) => set({ answer })} />
        <Collapse
          size="small"
          items={[
            { key: "blocks", label: `${t("field_blocks")}${counted(form.blocks)}`, children: <Blocks blocks={form.blocks} onChange={(blocks) => set({ blocks })} /> },
            {
              key: "variants", label: `${t("field_variants")}${counted(form.variants)}`,
              children: <Variants variants={form.variants} onChange={(variants) => set({ variants })} looking={looking} onLook={setLooking} />,
            },
            { key: "attachments", label: `${t("field_attachments")}${counted(form.attachments)}`, children: <Attachments files={form.attachments} onChange={(attachments) => set({ attachments })} /> },
          ]}
        />
        <div className="two">
          <label className="labelled" htmlFor="category">{t("category")}<AutoComplete id="category" value={form.category} options={categories.map((name) => ({ value: name }))} onChange={(category: string) => set({ category })} /></label>
          <label className="labelled" htmlFor="owner">{t("field_owner")}<Input id="owner" value={form.owner} maxLength={64} onChange={(event) => set({ owner: event.target.value })} /></label>
          <label className="labelled" htmlFor="review">{t("field_review")}<Select<Review> id="review" value={form.review} onChange={(review) => set({ review })} options={reviews.map((review) => ({ value: review, label: t(`review_${review || "none"}`) }))} /></label>
          <label className="labelled" htmlFor="threshold">{t("field_answer_at")}
            <InputNumber id="threshold" value={form.answerAt > 0 ? Math.round(form.answerAt * 100) : null} min={1} max={99} suffix="%" placeholder={t("threshold_usual")} style={{ width: "100%" }} onChange={(value) => set({ answerAt: value ? value / 100 : 0 })} />
            <span className="hint">{t("threshold_hint")}</span>
          </label>
        </div>
        <Period label={t("validity")} from={form.from} until={form.until} onChange={(from, until) => set({ from, until })} />
      </div>
      <aside className="editor-preview">
        <div className="caption">{t("preview")}{variant ? ` · ${t("variant_n", { n: looking + 1 })}` : ""}</div>
        <Preview question={form.question} answer={variant?.answer ?? form.answer} blocks={variant ? variant.blocks : form.blocks} attachments={form.attachments} />
      </aside>
    </div>
  );
}

function counted(list: readonly unknown[]): string {
  return list.length > 0 ? ` (${list.length})` : "";
}
