import { Alert, Drawer } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { ContextPanel } from "./ContextPanel";
import { ConversationList } from "./ConversationList";
import { ConversationPane } from "./ConversationPane";
import { useDesk, useDeskState, useNarrow, useOnline } from "./hooks";
import { listOf } from "./lists";
import { Shortcuts } from "./Shortcuts";
import { TopBar } from "./TopBar";
import { useShortcuts } from "./useShortcuts";

/** Opens a conversation by the page's address, so that a reload and the back button keep it. */
export function openConversation(id: string | null): void {
  location.hash = id ? `#/c/${id}` : "#/";
}

/** Three columns; two with a drawer on smaller screens; one at a time on phones. */
export function Workbench(): ReactNode {
  const { t } = useDesk();
  const state = useDeskState();
  const online = useOnline();
  const noSide = useNarrow(1180);
  const single = useNarrow(760);
  const [side, setSide] = useState(false);
  const [help, setHelp] = useState(false);
  const me = state.agent?.id ?? "";
  useShortcuts(() => setHelp((shown) => !shown));

  const waiting = listOf(state.summaries.values(), "queued", me).length;
  const unread = listOf(state.summaries.values(), "mine", me).filter((summary) => summary.unread > 0).length;
  useEffect(() => {
    document.title = waiting + unread > 0 ? `(${waiting + unread}) ${t("app")}` : t("app");
  }, [waiting, unread, t]);

  const { selected } = state;
  const showList = !single || !selected;
  const showPane = !single || selected;
  return (
    <div className="desk">
      <TopBar onHelp={() => setHelp(true)} />
      {state.connection === "down" && <Alert className="strip" type="warning" banner title={t(online ? "down" : "offline")} />}
      <div className="columns">
        {showList && <ConversationList />}
        {showPane && <ConversationPane key={selected ?? ""} single={single} onSide={noSide ? () => setSide(true) : undefined} />}
        {!noSide && selected && <aside className="side"><ContextPanel key={selected} /></aside>}
      </div>
      {noSide && selected && (
        <Drawer open={side} onClose={() => setSide(false)} title={t("context")} size={Math.min(420, window.innerWidth)} styles={{ body: { padding: 0 } }}>
          <ContextPanel key={selected} onUse={() => setSide(false)} />
        </Drawer>
      )}
      <Shortcuts open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
