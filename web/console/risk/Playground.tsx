import { Alert, Button, Empty, Form, Input, Progress, Tag, Tooltip } from "antd";
import { type ReactNode, useState } from "react";
import { intentLabel } from "../../shared/intents";
import { RichText } from "../../shared/react/RichText";
import type { ParseResult, SentimentLabel } from "../../shared/types";
import type { Hit } from "../api";
import { entityLabel, errorText, go, percent, useConsole } from "../tools";
import { pieces } from "./pieces";
import { WhyView } from "./Why";

interface Understood {
  parsed: ParseResult;
  hits: Hit[];
  words: string[];
}

const moods: readonly SentimentLabel[] = ["negative", "neutral", "positive"];
const bandColour = { answer: "green", suggest: "gold", abstain: "default" } as const;

/** What the system makes of one message: intents, sentiment, entities, words and answers. */
export function Playground(): ReactNode {
  const { api, t, lang } = useConsole();
  const [result, setResult] = useState<Understood | null>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const run = async ({ text, prev }: { text: string; prev?: string }) => {
    setBusy(true);
    setError("");
    try {
      const [parsed, hits, words] = await Promise.all([api.parse(text, prev ?? ""), api.search(text, prev ?? ""), api.segment(text)]);
      setResult({ parsed, hits, words });
    } catch (cause) {
      setResult(null);
      setError(errorText(cause));
    }
    setBusy(false);
  };
  return (
    <section className="try">
      <p className="hint">{t("try_hint")}</p>
      <Form layout="vertical" requiredMark={false} onFinish={(values: { text: string; prev?: string }) => void run(values)}>
        <Form.Item name="prev" label={t("try_prev")}><Input maxLength={500} /></Form.Item>
        <Form.Item name="text" label={t("try_text")} rules={[{ required: true, whitespace: true, message: t("try_text") }]}>
          <Input.TextArea
            autoFocus
            autoSize={{ minRows: 2, maxRows: 6 }}
            maxLength={2000}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              event.currentTarget.form?.requestSubmit();
            }}
          />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>{t("try_run")}</Button>
      </Form>
      {error !== "" && <Alert type="error" showIcon role="alert" title={error} />}
      {result && (
        <div className="understood" aria-live="polite">
          <div className="box">
            <h2>{t("intent")}</h2>
            {(result.parsed.intents ?? [result.parsed.intent]).slice(0, 5).map((intent) => (
              <Meter key={intent.name} label={intentLabel(intent.name, lang)} hint={intent.name} value={intent.confidence} />
            ))}
            <h2>{t("sentiment")}</h2>
            {moods.map((mood) => <Meter key={mood} label={t(`sentiment_${mood}`)} hint={mood} value={result.parsed.sentiment.scores[mood]} />)}
            <h2>{t("entities")}</h2>
            {(result.parsed.entities ?? []).length === 0 ? <span className="hint">{t("no_entities")}</span> : (
              <p className="marked">
                {pieces(result.parsed.text, result.parsed.entities ?? []).map((piece, i) =>
                  piece.entity ? <Tooltip key={i} title={`${entityLabel(piece.entity.entity, t)} = ${piece.entity.value}`}><mark>{piece.text}<sub>{entityLabel(piece.entity.entity, t)}</sub></mark></Tooltip> : <span key={i}>{piece.text}</span>,
                )}
              </p>
            )}
            <h2>{t("words")}</h2>
            <p className="words">{result.words.filter((word) => word.trim() !== "").map((word, i) => <span key={i}>{word}</span>)}</p>
          </div>
          <div className="box">
            <h2>{t("hits")}</h2>
            {result.hits.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("no_hits")} />}
            {result.hits.map((hit) => (
              <article key={hit.article_id} className="hit">
                <div className="hit-head"><button type="button" className="plain" onClick={() => go("articles", hit.article_id)}>{hit.question}</button><Tag color={bandColour[hit.band]}>{t(`band_${hit.band}`)}</Tag><span className="score">{percent(hit.score)}</span></div>
                <div className="hint">{t("matched", { phrase: hit.phrase })}</div>
                <RichText text={hit.answer} markdown />
                {hit.why && <details open={hit === result.hits[0]}><summary>{t("why_title")}</summary><WhyView why={hit.why} score={hit.score} /></details>}
              </article>
            ))}
          </div>
        </div>
      )}
    </section>
  );
}

function Meter({ label, hint, value }: { label: string; hint: string; value: number }): ReactNode {
  return (
    <div className="meter">
      <span className="meter-label" title={hint}>{label}</span>
      <Progress percent={Math.round(value * 1000) / 10} size="small" format={() => percent(value)} strokeColor="var(--yd-brand)" />
    </div>
  );
}
