import { Alert, App, Button, Input, Space } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { intentLabel } from "../../shared/intents";
import { RichText } from "../../shared/react/RichText";
import type { MinedProposal, ProposalEdit } from "../types";
import { errorText, go, percent, timeText, useConsole } from "../tools";

interface ProposalProps {
  proposal: MinedProposal;
  /** What a key asked for; a higher count is a new press. */
  command: { what: "accept" | "edit" | "reject"; count: number } | null;
  onDecided: (proposal: MinedProposal) => void;
  onChanged: () => void;
}

/** One proposal with its evidence, and what may become of it. */
export function Proposal({ proposal, command, onDecided, onChanged }: ProposalProps): ReactNode {
  const { api, t, lang } = useConsole();
  const { message } = App.useApp();
  const [editing, setEditing] = useState(false);
  const [form, setForm] = useState({ question: proposal.question, similar: (proposal.similar ?? []).join("\n"), answer: proposal.answer, category: "" });
  const [busy, setBusy] = useState("");
  const [error, setError] = useState("");
  const { evidence } = proposal;

  const decide = async (what: "accept" | "reject", edit: ProposalEdit = {}) => {
    setBusy(what);
    setError("");
    try {
      const done = what === "accept" ? await api.growth.accept(proposal.id, edit) : await api.growth.reject(proposal.id);
      void message.success(t(what === "accept" ? "accepted" : "rejected_done"));
      onDecided(done);
    } catch (cause) {
      setError(errorText(cause));
      setBusy("");
    }
  };
  const acceptEdited = () => decide("accept", { question: form.question.trim(), similar: form.similar.split("\n").map((line) => line.trim()).filter((line) => line !== ""), answer: form.answer.trim(), ...(form.category.trim() ? { category: form.category.trim() } : {}) });
  const obey = useRef<(what: "accept" | "edit" | "reject") => void>(() => undefined);
  useEffect(() => {
    obey.current = (what) => {
      if (busy !== "") return;
      if (what === "edit") setEditing(true);
      else void decide(what);
    };
  });
  useEffect(() => {
    if (command) obey.current(command.what);
  }, [command]);

  return (
    <div className="panel proposal">
      <div className="panel-head">
        <h2>{proposal.kind === "article" ? t("proposal_new") : t(proposal.kind === "phrasing" ? "proposal_phrases" : "proposal_clashes", { question: proposal.article_question ?? "" })}</h2>
        <span className="grow" />
        {proposal.article && <Button size="small" type="text" onClick={() => go("articles", proposal.article ?? "")}>{t("article_open")}</Button>}
      </div>
      <p className="reason">{evidence.reason}</p>
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} action={<Button size="small" onClick={onChanged}>{t("reload")}</Button>} />}
      {editing ? (
        <div className="stack">
          <label className="labelled">{t("question")}<Input value={form.question} autoFocus maxLength={200} onChange={(event) => setForm({ ...form, question: event.target.value })} /></label>
          <label className="labelled">{t("similar")}<Input.TextArea value={form.similar} autoSize={{ minRows: 2, maxRows: 8 }} onChange={(event) => setForm({ ...form, similar: event.target.value })} /></label>
          <label className="labelled">{t("answer")}<Input.TextArea value={form.answer} autoSize={{ minRows: 3, maxRows: 10 }} onChange={(event) => setForm({ ...form, answer: event.target.value })} /></label>
          {proposal.kind === "article" && <label className="labelled">{t("category")}<Input value={form.category} onChange={(event) => setForm({ ...form, category: event.target.value })} /></label>}
        </div>
      ) : (
        <div className={proposal.article_answer ? "beside" : ""}>
          <div className="side">
            <div className="caption">{t("proposed")}</div>
            <b>{proposal.question}</b>
            <RichText text={proposal.answer} markdown />
            {(proposal.similar?.length ?? 0) > 0 && <ul className="wordings">{proposal.similar?.map((text) => <li key={text}>{text}</li>)}</ul>}
          </div>
          {proposal.article_answer && (
            <div className="side">
              <div className="caption">{t(proposal.kind === "article" ? "proposal_nearest" : "pair_base")}</div>
              <b>{proposal.article_question}</b>
              <RichText text={proposal.article_answer} markdown />
            </div>
          )}
        </div>
      )}
      {proposal.state === "open" ? (
        <Space wrap className="actions">
          {editing ? (
            <>
              <Button type="primary" loading={busy === "accept"} data-action="accept" disabled={form.question.trim() === "" || form.answer.trim() === ""} onClick={() => void acceptEdited()}>{t("accept_edited")}</Button>
              <Button onClick={() => setEditing(false)}>{t("cancel")}</Button>
            </>
          ) : (
            <>
              <Button type="primary" data-action="accept" loading={busy === "accept"} disabled={busy !== ""} onClick={() => void decide("accept")}>{t("accept")}</Button>
              <Button data-action="edit" disabled={busy !== ""} onClick={() => setEditing(true)}>{t("accept_edit")}</Button>
              <Button type="text" danger data-action="reject" loading={busy === "reject"} disabled={busy !== ""} onClick={() => void decide("reject")}>{t("reject")}</Button>
            </>
          )}
        </Space>
      ) : proposal.became ? <Button onClick={() => go("articles", proposal.became ?? "")}>{t("article_open")}</Button> : null}
      <div className="evidence">
        <h2>{t("evidence")}</h2>
        <div className="counts small">
          <div className="count"><b>{evidence.count}</b><span>{t("ev_count")}</span></div>
          <div className="count"><b>{evidence.questions}</b><span>{t("ev_questions")}</span></div>
          <div className="count"><b>{percent(evidence.resolution, 0)}</b><span>{t("ev_resolution")}</span></div>
          <div className="count"><b>{percent(evidence.agreement, 0)}</b><span>{t("ev_agreement")}</span></div>
          <div className="count"><b>{evidence.this_week}<small> / {evidence.last_week}</small></b><span>{t("ev_trend")}</span></div>
        </div>
        {evidence.intent && <p className="hint">{t("intent")}：{intentLabel(evidence.intent, lang)}</p>}
        <ul className="examples">
          {evidence.examples.map((example, i) => <li key={i}><span className="asked">{example.question}</span>{example.answer ? <span className="given">{example.answer}</span> : null}{example.at ? <span className="hint">{timeText(example.at, lang)}</span> : null}</li>)}
        </ul>
        {(evidence.others?.length ?? 0) > 0 && (
          <>
            <h2>{t("ev_others")}</h2>
            <ul className="examples">{evidence.others?.map((other, i) => <li key={i}><span className="given">{other.answer}</span><span className="hint">{t("times_n", { n: other.count })}</span></li>)}</ul>
          </>
        )}
      </div>
    </div>
  );
}
