import type { ReactNode } from "react";
import type { DiffField } from "../types";
import { labelOf, useConsole } from "../tools";

/** The fields that changed, removed text struck through, added text marked. */
export function Diff({ fields }: { fields: readonly DiffField[] }): ReactNode {
  const { t } = useConsole();
  if (fields.length === 0) return <p className="hint">{t("diff_none")}</p>;
  return (
    <dl className="diff">
      {fields.map((field) => (
        <div key={field.field}>
          <dt>{labelOf("field", field.field, t)}</dt>
          <dd>
            {field.lines?.map((line, i) => (line.op === "same" ? <div key={i} className="same">{line.text || " "}</div> : line.op === "add" ? <ins key={i}>{line.text || " "}</ins> : <del key={i}>{line.text || " "}</del>))}
            {field.removed?.map((text) => <del key={`-${text}`}>{text}</del>)}
            {field.added?.map((text) => <ins key={`+${text}`}>{text}</ins>)}
            {!field.lines && !field.added && !field.removed && (
              <>
                {field.from ? <del>{value(field.field, field.from, t)}</del> : null}
                {field.to ? <ins>{value(field.field, field.to, t)}</ins> : null}
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function value(field: string, text: string, t: ReturnType<typeof useConsole>["t"]): string {
  if (field === "review") return labelOf("review", text, t);
  return field.startsWith("valid_") ? new Date(text).toLocaleString() : text;
}
