import { Alert, Button, Tag } from "antd";
import { type ReactNode, useCallback, useState } from "react";
import { Editor } from "../articles/Editor";
import { Shown } from "../parts/Shown";
import type { Topic } from "../types";
import { errorText, go, labelOf, percent, timeText, useConsole, useLoad } from "../tools";

/** Questions that got no good answer, grouped by meaning, each a step from an article. */
export function Unanswered(): ReactNode {
  const { api, t, lang } = useConsole();
  const load = useLoad(useCallback((signal: AbortSignal) => api.growth.unanswered(signal), [api]));
  const [writing, setWriting] = useState<Topic | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const cluster = async () => {
    setBusy(true);
    setError("");
    try {
      load.set(await api.growth.cluster());
    } catch (cause) {
      setError(errorText(cause));
    }
    setBusy(false);
  };
  const most = Math.max(1, ...(load.data?.topics ?? []).map((topic) => topic.count));
  return (
    <>
      <div className="bar">
        <span className="hint">{load.data && load.data.count > 0 ? t("unanswered_of", { n: load.data.count, groups: load.data.topics.length, at: timeText(load.data.at, lang) }) : t("unanswered_hint")}</span>
        <span className="grow" />
        <Button loading={busy} onClick={() => void cluster()}>{t("cluster_now")}</Button>
      </div>
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} />}
      <Shown load={load} empty={(found) => (found.topics.length === 0 ? t("unanswered_none") : null)}>
        {(found) => (
          <ul className="topics">
            {found.topics.map((topic, i) => (
              <li key={i} className="panel topic">
                <div className="topic-size"><b>{topic.count}</b><span className="bar-line" style={{ width: `${(topic.count / most) * 100}%` }} /></div>
                <div className="topic-body">
                  <div className="panel-head"><b>{topic.question}</b><TrendMark topic={topic} /><span className="grow" /><Button size="small" onClick={() => setWriting(topic)}>{t("write_article")}</Button></div>
                  <ul className="wordings">{topic.examples.slice(0, 5).map((example, n) => <li key={n}>{example.question}</li>)}</ul>
                  <p className="hint">
                    {Object.entries(topic.reasons ?? {}).map(([reason, n]) => <Tag key={reason}>{labelOf("why", reason, t)} {n}</Tag>)}
                    {topic.article ? <>{t("nearest")} <button type="button" className="as-link" onClick={() => go("articles", topic.article ?? "")}>{topic.article_question}</button> {percent(topic.probability, 0)}</> : null}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Shown>
      {writing && (
        <Editor
          id="" categories={[]}
          start={{ question: writing.question, similar: writing.examples.map((example) => example.question) }}
          onClose={() => setWriting(null)}
        />
      )}
    </>
  );
}

function TrendMark({ topic }: { topic: Topic }): ReactNode {
  const { t } = useConsole();
  const turn = topic.this_week - topic.last_week;
  return <span className={turn > 0 ? "trend bad" : turn < 0 ? "trend good" : "trend hint"}>{turn > 0 ? "↑" : turn < 0 ? "↓" : "→"} {t("weeks", { now: topic.this_week, before: topic.last_week })}</span>;
}
