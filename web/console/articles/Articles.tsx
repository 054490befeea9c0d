import { PlusOutlined } from "@ant-design/icons";
import { Button, Empty, Input, Result, Select, Tag } from "antd";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { plainLine } from "../../shared/markdown";
import { Rows } from "../parts/Rows";
import type { FullArticle } from "../types";
import { errorText, go, timeText, useConsole, useLoad, useRoute } from "../tools";
import { type Sign, signsOf } from "./draft";
import { Editor } from "./Editor";

interface Loaded {
  articles: FullArticle[];
  next: string;
  error: string;
  loading: boolean;
}

const signs: readonly Sign[] = ["draft", "review", "outdated", "expired", "variants"];
const colour: Record<Sign, string> = { draft: "blue", review: "purple", outdated: "orange", expired: "red", variants: "cyan" };
/** Articles looked through for a state, which the server's list cannot choose by. */
const lookedThrough = 5000;

/** The knowledge base: search, filter, open to edit. */
export function Articles(): ReactNode {
  const { api, t, lang } = useConsole();
  const [, opened = ""] = useRoute();
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  const [category, setCategory] = useState("");
  const [sign, setSign] = useState<Sign | "">("");
  const [categories, setCategories] = useState<string[]>([]);
  const [loaded, setLoaded] = useState<Loaded>({ articles: [], next: "", error: "", loading: true });
  const [now] = useState(() => Date.now());
  const drafts = useLoad(useCallback((signal: AbortSignal) => api.versions.drafts(signal), [api]));
  const drafted = new Set((drafts.data ?? []).map((draft) => draft.article.id));

  const load = useCallback(
    async (from: string, signal?: AbortSignal) => {
      setLoaded((before) => ({ ...before, loading: true, error: "" }));
      try {
        let cursor = from;
        const found: FullArticle[] = [];
        do {
          const page = await api.articles({ q, category, cursor, ...(sign ? { limit: 200 } : {}) }, signal);
          found.push(...page.articles);
          cursor = page.next;
        } while (sign !== "" && cursor !== "" && found.length < lookedThrough);
        setLoaded((before) => ({ articles: from ? [...before.articles, ...found] : found, next: cursor, error: "", loading: false }));
        setCategories((known) => [...new Set([...known, ...found.map((article) => article.category ?? "")])].filter((name) => name !== "").sort());
      } catch (error) {
        if (!signal?.aborted) setLoaded((before) => ({ ...before, loading: false, error: errorText(error) }));
      }
    },
    [api, q, category, sign],
  );
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => void load("", stop.signal), 0);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [load]);
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), 300);
    return () => clearTimeout(timer);
  }, [typed]);

  const fresh = (drafts.data ?? []).filter((draft) => draft.new);
  const shown = sign === "draft"
    ? [...fresh.map((draft) => draft.article), ...loaded.articles.filter((article) => drafted.has(article.id))]
    : sign === "" ? loaded.articles : loaded.articles.filter((article) => signsOf(article, drafted, now).includes(sign));
  const filtered = q !== "" || category !== "" || sign !== "";
  return (
    <section className="articles">
      <div className="bar">
        <Input.Search allowClear value={typed} placeholder={t("search")} aria-label={t("search")} onChange={(event) => setTyped(event.target.value)} onSearch={(text) => setQ(text.trim())} />
        <Select value={category} aria-label={t("category")} onChange={setCategory} style={{ minWidth: 130 }} options={[{ value: "", label: t("all_categories") }, ...categories.map((name) => ({ value: name, label: name }))]} />
        <Button type="primary" icon={<PlusOutlined />} onClick={() => go("articles", "new")}>{t("add")}</Button>
      </div>
      <div className="chips" role="group" aria-label={t("state")}>
        {(["", ...signs] as const).map((one) => (
          <button key={one} type="button" className="chip" aria-pressed={sign === one} onClick={() => setSign(one)}>
            {one === "" ? t("sign_all") : t(`sign_${one}`)}{one === "draft" && (drafts.data?.length ?? 0) > 0 ? ` ${drafts.data?.length ?? 0}` : ""}
          </button>
        ))}
      </div>
      {loaded.error !== "" && loaded.articles.length === 0 ? (
        <Result status="warning" title={t("not_read")} subTitle={loaded.error} extra={<Button type="primary" onClick={() => void load("")}>{t("again")}</Button>} />
      ) : shown.length === 0 && !loaded.loading ? (
        <Empty className="nothing" image={Empty.PRESENTED_IMAGE_SIMPLE} description={t(filtered ? "empty" : "articles_none")}>
          {!filtered && <Button type="primary" onClick={() => go("import")}>{t("articles_import")}</Button>}
        </Empty>
      ) : (
        <Rows<FullArticle>
          rows={shown}
          busy={loaded.loading}
          rowKey={(article) => article.id}
          onOpen={(article) => go("articles", article.id)}
          columns={[
            {
              key: "question", title: t("question"),
              render: (article) => (
                <>
                  <button type="button" className="plain" aria-label={`${t("edit")}：${article.question}`}>{article.question}</button>{" "}
                  {signsOf(article, drafted, now).map((one) => <Tag key={one} color={colour[one]}>{t(`sign_${one}`)}</Tag>)}
                  <div className="excerpt">{plainLine(article.answer)}</div>
                </>
              ),
            },
            { key: "category", title: t("category"), width: 110, render: (article) => article.category ?? "" },
            { key: "similar", title: t("similar"), width: 96, figure: true, wide: true, render: (article) => article.similar?.length ?? 0 },
            { key: "owner", title: t("field_owner"), width: 96, render: (article) => article.owner ?? "" },
            { key: "updated", title: t("article_updated"), width: 132, wide: true, render: (article) => timeText(article.updated_at, lang) },
          ]}
        />
      )}
      {loaded.next !== "" && sign === "" && <div className="more"><Button loading={loaded.loading} onClick={() => void load(loaded.next)}>{t("more")}</Button></div>}
      {loaded.next !== "" && sign !== "" && <p className="hint">{t("looked_through", { n: lookedThrough })}</p>}
      {opened !== "" && (
        <Editor
          key={opened}
          id={opened === "new" ? "" : opened}
          start={null}
          categories={categories}
          onClose={(changed) => {
            go("articles");
            if (changed) {
              void load("");
              drafts.reload();
            }
          }}
        />
      )}
    </section>
  );
}
