import { Button, Empty, Result, Skeleton } from "antd";
import type { ReactNode } from "react";
import { type Loading, useConsole } from "../tools";

interface ShownProps<T> {
  load: Loading<T>;
  /** What is said where nothing is there; null goes on to the children. */
  empty?: (data: T) => ReactNode;
  children: (data: T) => ReactNode;
}

/** What was read, or that it is being read, that there is nothing, or why it failed. */
export function Shown<T>({ load, empty, children }: ShownProps<T>): ReactNode {
  const { t } = useConsole();
  if (load.data === null && load.error !== "") {
    return <Result status="warning" title={t("not_read")} subTitle={load.error} extra={<Button type="primary" onClick={load.reload}>{t("again")}</Button>} />;
  }
  if (load.data === null) return <Skeleton active className="waiting" />;
  const nothing = empty?.(load.data) ?? null;
  return nothing === null ? children(load.data) : <Empty className="nothing" image={Empty.PRESENTED_IMAGE_SIMPLE} description={nothing} />;
}
