import type { Http } from "../shared/http";
import type { AgentInfo, Article, ImportReport, ParseResult, SearchHit, SegmentResult } from "../shared/types";

/** What a trainer writes of an article. */
export type ArticleDraft = Pick<Article, "question" | "similar" | "answer" | "category" | "valid_from" | "valid_until">;

/** The console's routes. Every failure is an ApiError. */
export class ConsoleApi {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  async login(name: string, password: string): Promise<AgentInfo> {
    return (await this.http.post<{ agent: AgentInfo }>("/v1/agent/login", { name, password })).agent;
  }

  logout(): Promise<void> {
    return this.http.post("/v1/agent/logout", {});
  }

  async me(): Promise<AgentInfo> {
    const answer = await this.http.get<AgentInfo | { agent: AgentInfo }>("/v1/agent/me");
    return "agent" in answer ? answer.agent : answer;
  }

  async articles(query: { q: string; category: string; cursor: string }, signal?: AbortSignal): Promise<{ articles: Article[]; next: string }> {
    const answer = await this.http.get<{ articles: Article[] | null; next_cursor?: string | null }>("/v1/articles", {
      query: { ...query, limit: 50 }, ...(signal ? { signal } : {}),
    });
    return { articles: answer.articles ?? [], next: answer.next_cursor ?? "" };
  }

  /** Adds an article; the key makes a repeated request count once. */
  create(draft: ArticleDraft, key: string): Promise<Article> {
    return this.http.post("/v1/articles", draft, { idempotencyKey: key });
  }

  /** Replaces an article; one changed by somebody else meanwhile is an ApiError 412. */
  update(article: Article, draft: ArticleDraft): Promise<Article> {
    return this.http.request("PUT", `/v1/articles/${encodeURIComponent(article.id)}`, { body: draft, headers: unchanged(article) });
  }

  remove(article: Article): Promise<void> {
    return this.http.request("DELETE", `/v1/articles/${encodeURIComponent(article.id)}`, { headers: unchanged(article) });
  }

  importFile(file: File, format: "csv" | "jsonl", dryRun: boolean): Promise<ImportReport> {
    return this.http.request("POST", "/v1/articles/import", {
      query: { format, dry_run: dryRun },
      raw: { data: file, type: format === "csv" ? "text/csv" : "application/x-ndjson" },
      timeoutMs: 120_000,
    });
  }

  async search(query: string): Promise<SearchHit[]> {
    return (await this.http.post<{ hits: SearchHit[] | null }>("/v1/articles/search", { query, limit: 5 })).hits ?? [];
  }

  parse(text: string, prev: string): Promise<ParseResult> {
    return this.http.post("/v1/nlu/parse", { text, ...(prev ? { prev } : {}) });
  }

  async segment(text: string): Promise<string[]> {
    const answer = await this.http.post<{ results: SegmentResult[] | null }>("/v1/nlu/segment", { texts: [text] });
    return (answer.results?.[0]?.tokens ?? []).map((token) => token.text);
  }
}

/** The condition that nobody changed the article since it was read. */
function unchanged(article: Article): Record<string, string> {
  return article.version === undefined ? {} : { "If-Match": `"${article.version}"` };
}
