import { SettingOutlined } from "@ant-design/icons";
import { Alert, Button, Empty, Skeleton, Tooltip } from "antd";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { useDesk, useDeskState, useQuick } from "./hooks";
import { QuickText } from "./QuickList";

const QuickManage = lazy(() => import("./QuickManage").then((module) => ({ default: module.QuickManage })));
const shownAtOnce = 4;

/** The quick replies that fit the conversation best: a click puts one at the caret. */
export function QuickPanel({ id, onUse }: { id: string; onUse: (() => void) | undefined }): ReactNode {
  const { quick, t } = useDesk();
  const state = useDeskState();
  const shelf = useQuick().get(id);
  const [all, setAll] = useState(false);
  const [managing, setManaging] = useState(false);
  const detail = state.details.get(id);
  const mine = detail?.data?.status === "human" && detail.owner.id === state.agent?.id;
  const lastMessage = detail?.events.findLast((event) => event.type === "message.received")?.seq ?? 0;
  useEffect(() => {
    void quick.load(id);
  }, [quick, id, lastMessage]);
  const list = shelf?.list ?? [];
  return (
    <section className="quick" aria-label={t("quick")}>
      <h2>
        {t("quick")}<span className="hint">{t("quick_hint")}</span>
        <Tooltip title={t("quick_manage")}><Button size="small" type="text" aria-label={t("quick_manage")} icon={<SettingOutlined />} onClick={() => setManaging(true)} data-action="quick-manage" /></Tooltip>
      </h2>
      {(!shelf || shelf.phase === "loading") && <Skeleton active title={false} paragraph={{ rows: 2 }} />}
      {shelf?.phase === "error" && <Alert type="error" title={shelf.error} action={<Button size="small" onClick={() => void quick.load(id)}>{t("retry")}</Button>} />}
      {shelf?.phase === "ready" && list.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("quick_empty")}><Button size="small" onClick={() => setManaging(true)}>{t("quick_add")}</Button></Empty>}
      <ol>
        {(all ? list : list.slice(0, shownAtOnce)).map((reply) => (
          <li key={reply.id}>
            <button
              type="button"
              disabled={!mine}
              data-quick={reply.id}
              onClick={() => {
                window.dispatchEvent(new CustomEvent("yingda:quick", { detail: reply }));
                onUse?.();
              }}
            >
              <span className="line"><b>{reply.title}</b>{reply.shortcut && <kbd>/{reply.shortcut}</kbd>}</span>
              <span className="words"><QuickText text={reply.filled} /></span>
            </button>
          </li>
        ))}
      </ol>
      {list.length > shownAtOnce && <Button size="small" type="link" onClick={() => setAll(!all)}>{all ? t("quick_fewer") : t("quick_more", { n: list.length })}</Button>}
      {managing && <Suspense fallback={null}><QuickManage id={id} onClose={() => setManaging(false)} /></Suspense>}
    </section>
  );
}
