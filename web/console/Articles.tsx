import { PlusOutlined } from "@ant-design/icons";
import { Button, Empty, Input, Result, Select, Table, Tag } from "antd";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { plainLine } from "../shared/markdown";
import { clockText, millis } from "../shared/time";
import type { Article } from "../shared/types";
import { ArticleEditor } from "./ArticleEditor";
import { errorText, useConsole } from "./tools";

interface Loaded {
  articles: Article[];
  next: string;
  error: string;
  loading: boolean;
}

/** The knowledge base: search, filter, open to edit. */
export function Articles(): ReactNode {
  const { api, t, lang } = useConsole();
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  const [category, setCategory] = useState("");
  const [categories, setCategories] = useState<string[]>([]);
  const [loaded, setLoaded] = useState<Loaded>({ articles: [], next: "", error: "", loading: true });
  const [opened, setOpened] = useState<Article | "new" | null>(null);
  const [now] = useState(() => Date.now());

  const load = useCallback(
    async (cursor: string, signal?: AbortSignal) => {
      setLoaded((before) => ({ ...before, loading: true, error: "" }));
      try {
        const page = await api.articles({ q, category, cursor }, signal);
        setLoaded((before) => ({ articles: cursor ? [...before.articles, ...page.articles] : page.articles, next: page.next, error: "", loading: false }));
        setCategories((known) => [...new Set([...known, ...page.articles.map((article) => article.category ?? "")])].filter((name) => name !== "").sort());
      } catch (error) {
        if (!signal?.aborted) setLoaded((before) => ({ ...before, loading: false, error: errorText(error) }));
      }
    },
    [api, q, category],
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

  const filtered = q !== "" || category !== "";
  return (
    <section className="articles">
      <div className="bar">
        <Input.Search allowClear value={typed} placeholder={t("search")} aria-label={t("search")} onChange={(event) => setTyped(event.target.value)} onSearch={(text) => setQ(text.trim())} />
        <Select
          value={category}
          aria-label={t("category")}
          onChange={setCategory}
          style={{ minWidth: 130 }}
          options={[{ value: "", label: t("all_categories") }, ...categories.map((name) => ({ value: name, label: name }))]}
        />
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpened("new")}>{t("add")}</Button>
      </div>
      {loaded.error !== "" && loaded.articles.length === 0 ? (
        <Result status="warning" title={t("load_failed")} subTitle={loaded.error} extra={<Button onClick={() => void load("")}>{t("again")}</Button>} />
      ) : (
        <Table<Article>
          rowKey="id"
          loading={loaded.loading}
          dataSource={loaded.articles}
          pagination={false}
          tableLayout="fixed"
          locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={loaded.loading ? " " : t(filtered ? "empty" : "empty_all")} /> }}
          onRow={(article) => ({ onClick: () => setOpened(article), className: "openable" })}
          columns={[
            {
              title: t("question"), key: "question",
              render: (_, article) => (
                <>
                  <button type="button" className="plain" aria-label={`${t("edit")}：${article.question}`}>{article.question}</button>
                  <div className="excerpt">{plainLine(article.answer)}</div>
                </>
              ),
            },
            { title: t("category"), dataIndex: "category", width: 96, render: (name: string | undefined) => (name ? <Tag>{name}</Tag> : null) },
            { title: t("similar"), key: "similar", width: 96, responsive: ["md"], render: (_, article) => t("similar_count", { n: article.similar?.length ?? 0 }) },
            { title: t("updated"), key: "updated", width: 132, responsive: ["md"], render: (_, article) => (article.updated_at ? clockText(millis(article.updated_at, 0), now, lang) : "") },
          ]}
        />
      )}
      {loaded.next !== "" && <div className="more"><Button loading={loaded.loading} onClick={() => void load(loaded.next)}>{t("more")}</Button></div>}
      {opened && (
        <ArticleEditor
          key={opened === "new" ? "new" : opened.id}
          article={opened === "new" ? null : opened}
          categories={categories}
          onClose={(changed) => {
            setOpened(null);
            if (changed) void load("");
          }}
        />
      )}
    </section>
  );
}
