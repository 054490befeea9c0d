import { Tabs } from "antd";
import type { ReactNode } from "react";
import { go, useConsole, useRoute } from "../tools";
import { Mining } from "./Mining";
import { Proposals } from "./Proposals";
import { Unanswered } from "./Unanswered";
import { Use } from "./Use";

/** Growth: proposals from conversations, unanswered questions, use, and mining. */
export function Learn(): ReactNode {
  const { t } = useConsole();
  const [, tab = "proposals"] = useRoute();
  return (
    <Tabs
      activeKey={["proposals", "unanswered", "use", "mine"].includes(tab) ? tab : "proposals"}
      onChange={(next) => go("learn", next)}
      destroyOnHidden
      items={[
        { key: "proposals", label: t("tab_proposals"), children: <Proposals /> },
        { key: "unanswered", label: t("tab_unanswered"), children: <Unanswered /> },
        { key: "use", label: t("tab_use"), children: <Use /> },
        { key: "mine", label: t("tab_mine"), children: <Mining /> },
      ]}
    />
  );
}
