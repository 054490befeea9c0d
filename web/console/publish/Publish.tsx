import { Tabs } from "antd";
import type { ReactNode } from "react";
import { go, useConsole, useRoute } from "../tools";
import { Compare } from "./Compare";
import { Drafts } from "./Drafts";
import { Revisions } from "./Revisions";

/** Publication: drafts, a comparison before, and the base's past. */
export function Publish(): ReactNode {
  const { t } = useConsole();
  const [, tab = "drafts", revision = ""] = useRoute();
  return (
    <Tabs
      activeKey={["drafts", "compare", "history"].includes(tab) ? tab : "drafts"}
      onChange={(next) => go("publish", next)}
      destroyOnHidden
      items={[
        { key: "drafts", label: t("tab_drafts"), children: <Drafts /> },
        { key: "compare", label: t("tab_compare"), children: <Compare /> },
        { key: "history", label: t("tab_history"), children: <Revisions marked={Number(revision) || 0} /> },
      ]}
    />
  );
}
