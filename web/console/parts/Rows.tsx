import { Table } from "antd";
import type { Key, ReactNode } from "react";
import { useNarrow } from "../tools";

/** A column; the first one is a card's heading on a phone. */
export interface Column<T> {
  key: string;
  title: string;
  width?: number;
  /** Figures stand at the right. */
  figure?: boolean;
  /** Left out of cards. */
  wide?: boolean;
  render: (row: T) => ReactNode;
}

interface RowsProps<T> {
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  /** Rows that can be chosen, and those that are. */
  chosen?: { keys: readonly string[]; set: (keys: string[]) => void };
  pageSize?: number;
  busy?: boolean;
  highlight?: (row: T) => boolean;
}

/** A table that is a list of cards on a phone. */
export function Rows<T extends object>({ rows, columns, rowKey, onOpen, chosen, pageSize, busy, highlight }: RowsProps<T>): ReactNode {
  const narrow = useNarrow();
  if (narrow) {
    const toggle = (key: string, on: boolean) => chosen?.set(on ? [...chosen.keys, key] : chosen.keys.filter((one) => one !== key));
    return (
      <ul className={busy ? "cards busy" : "cards"}>
        {rows.map((row) => {
          const key = rowKey(row);
          const [first, ...rest] = columns;
          return (
            <li key={key} className={highlight?.(row) ? "card openable marked-row" : onOpen ? "card openable" : "card"} onClick={onOpen ? () => onOpen(row) : undefined}>
              <div className="card-head">
                {chosen && <input type="checkbox" aria-label={key} checked={chosen.keys.includes(key)} onClick={(event) => event.stopPropagation()} onChange={(event) => toggle(key, event.target.checked)} />}
                <div>{first?.render(row)}</div>
              </div>
              {rest.filter((column) => !column.wide).map((column) => {
                const shown = column.render(row);
                return shown === null || shown === "" ? null : <div key={column.key} className="card-line">{column.title !== "" && <span className="hint">{column.title}</span>}<span>{shown}</span></div>;
              })}
            </li>
          );
        })}
      </ul>
    );
  }
  return (
    <Table<T>
      size="small"
      rowKey={rowKey}
      dataSource={[...rows]}
      loading={busy ?? false}
      pagination={pageSize ? { pageSize, hideOnSinglePage: true, showSizeChanger: false } : false}
      tableLayout="fixed"
      {...(chosen ? { rowSelection: { selectedRowKeys: [...chosen.keys], onChange: (keys: Key[]) => chosen.set(keys.map(String)), columnWidth: 40 } } : {})}
      onRow={(row) => ({ ...(onOpen ? { onClick: () => onOpen(row) } : {}), className: `${onOpen ? "openable" : ""} ${highlight?.(row) ? "marked-row" : ""}` })}
      columns={columns.map((column) => ({
        key: column.key, title: column.title, ...(column.width ? { width: column.width } : {}), ...(column.figure ? { align: "right" as const, className: "figure" } : {}),
        render: (_: unknown, row: T) => column.render(row),
      }))}
    />
  );
}
