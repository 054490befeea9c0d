import { ArrowLeftOutlined, NodeIndexOutlined, ProfileOutlined } from "@ant-design/icons";
import { Button, Empty, Popconfirm, Result, Skeleton, Tag, Tooltip } from "antd";
import { type ReactNode, useState } from "react";
import { intentLabel } from "../shared/intents";
import { Composer } from "./Composer";
import { useDesk, useDeskState } from "./hooks";
import { customerName } from "./lists";
import { Timeline } from "./Timeline";
import { openConversation } from "./Workbench";

/** The opened conversation: its head, its messages and what can be done with it. */
export function ConversationPane({ single, onSide }: { single: boolean; onSide: (() => void) | undefined }): ReactNode {
  const { store, t, lang } = useDesk();
  const state = useDeskState();
  const [steps, setSteps] = useState(false);
  const id = state.selected;
  const detail = id ? state.details.get(id) : undefined;
  if (!id || !detail) {
    return (
      <section className="pane blank">
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<>{t("pick")}<div className="hint">{t("pick_hint")}</div></>} />
      </section>
    );
  }
  const summary = state.summaries.get(id) ?? detail.data?.summary;
  const status = detail.data?.status ?? summary?.status ?? "new";
  const mine = status === "human" && detail.owner.id === state.agent?.id;
  const busy = state.busy.has(id);
  const owner = detail.owner.name || detail.owner.id || t("agent");
  return (
    <section className="pane" aria-label={summary ? customerName(summary, t("visitor")) : ""}>
      <header className="head">
        {single && <Button type="text" aria-label={t("back")} icon={<ArrowLeftOutlined />} onClick={() => openConversation(null)} />}
        <div className="names">
          <b>{summary ? customerName(summary, t("visitor")) : "…"}</b>
          <span className="meta">
            <span className={`dot ${status}`} />
            {status === "human" ? t("status_human", { name: mine ? t("me") : `${owner} ` }) : t(`status_${status}`)}
            {summary?.intent && !(single && mine) && <Tag>{intentLabel(summary.intent, lang)}</Tag>}
          </span>
        </div>
        {!single && (
          <Tooltip title={t(steps ? "details_hide" : "details_show")}>
            <Button type={steps ? "default" : "text"} className="steps" aria-label={t(steps ? "details_hide" : "details_show")} aria-pressed={steps} icon={<NodeIndexOutlined />} onClick={() => setSteps(!steps)} />
          </Tooltip>
        )}
        {mine && (
          <>
            <Popconfirm title={t("release")} description={t("release_sure")} okText={t("confirm")} cancelText={t("cancel")} onConfirm={() => void store.act(id, "release")}>
              <Button disabled={busy} data-action="release">{t("release")}</Button>
            </Popconfirm>
            <Popconfirm title={t("close")} description={t("close_sure")} okText={t("confirm")} cancelText={t("cancel")} onConfirm={() => void store.act(id, "close")}>
              <Button danger disabled={busy} data-action="close">{t("close")}</Button>
            </Popconfirm>
          </>
        )}
        {onSide && <Button type="text" aria-label={t("context")} icon={<ProfileOutlined />} onClick={onSide} />}
      </header>
      {detail.phase === "error" ? (
        <div className="blank"><Result status="warning" title={t("detail_failed")} subTitle={detail.error} extra={<Button type="primary" onClick={() => void store.loadDetail(id)}>{t("again")}</Button>} /></div>
      ) : detail.phase === "loading" ? (
        <div className="pad grow"><Skeleton active avatar paragraph={{ rows: 3 }} /><Skeleton active avatar paragraph={{ rows: 2 }} /></div>
      ) : (
        <>
          <Timeline id={id} detail={detail} steps={steps} name={summary ? customerName(summary, t("visitor")) : t("visitor")} />
          {!mine && (
            <div className={`gate ${status}`}>
              <span className="grow">{status === "human" ? t("locked_other", { name: owner }) : status === "closed" ? t("locked_closed") : status === "queued" ? t("locked_queued") : t("locked_bot")}</span>
              {(status === "queued" || status === "bot") && (
                <Button type={status === "queued" ? "primary" : "default"} loading={busy} data-action="claim" onClick={() => void store.act(id, "claim")}>
                  {t("claim_full")} <kbd>C</kbd>
                </Button>
              )}
            </div>
          )}
          <Composer key={String(mine)} id={id} canReply={mine} single={single} />
        </>
      )}
    </section>
  );
}
