import { CheckCircleOutlined, WarningOutlined } from "@ant-design/icons";
import { Select } from "antd";
import type { ReactNode } from "react";
import { Rows } from "../parts/Rows";
import type { TablePreview } from "../types";
import { labelOf, useConsole } from "../tools";

interface MappingProps {
  table: TablePreview;
  fields: readonly string[];
  mapping: Record<string, string>;
  onChange: (mapping: Record<string, string>) => void;
}

type Heading = NonNullable<TablePreview["headings"]>[number];

/** The columns of a table: its headings, what they were taken for, and three rows, for people to correct. */
export function Mapping({ table, fields, mapping, onChange }: MappingProps): ReactNode {
  const { t } = useConsole();
  const headings = table.headings ?? [];
  const fieldOf = (heading: Heading) => mapping[heading.name] ?? heading.field ?? "ignore";
  const set = (heading: Heading, field: string) => {
    const rest = Object.fromEntries(Object.entries(mapping).filter(([name]) => name !== heading.name));
    onChange(field === (heading.field ?? "ignore") ? rest : { ...rest, [heading.name]: field });
  };
  const found = new Set(headings.map(fieldOf));
  const complete = found.has("question") && (found.has("answer") || found.has("variants"));
  const options = [{ value: "ignore", label: t("column_ignore") }, ...fields.map((field) => ({ value: field, label: labelOf("field", field, t) }))];
  return (
    <div className="mapping">
      <h2>
        {table.sheet ? t("import_columns_of", { sheet: table.sheet, line: table.line }) : t("import_columns", { line: table.line })}
        {complete ? <span className="good"><CheckCircleOutlined /> {t("columns_complete")}</span> : <span className="bad"><WarningOutlined /> {t("columns_missing")}</span>}
      </h2>
      <Rows<Heading>
        rows={headings}
        rowKey={(heading) => heading.name}
        columns={[
          { key: "name", title: t("column_heading"), width: 170, render: (heading) => <b>{heading.name}</b> },
          {
            key: "field", title: t("column_field"), width: 190,
            render: (heading) => <Select className="field-of" aria-label={`${heading.name}：${t("column_field")}`} value={fieldOf(heading)} onChange={(field) => set(heading, field)} options={options} status={fieldOf(heading) === "ignore" && !complete ? "warning" : ""} style={{ width: "100%", minWidth: 150 }} showSearch={{ optionFilterProp: "label" }} />,
          },
          { key: "samples", title: t("column_samples"), render: (heading) => (heading.samples.length === 0 ? <span className="hint">{t("column_empty")}</span> : <ul className="samples">{heading.samples.map((sample, i) => <li key={i}>{sample}</li>)}</ul>) },
        ]}
      />
    </div>
  );
}
