import type { Http } from "../shared/http";
import type { AgentInfo, ParseResult, SearchHit, SegmentResult } from "../shared/types";
import { GrowthApi } from "./api/growth";
import { ImportApi } from "./api/imports";
import { RiskApi } from "./api/risk";
import { VersionApi } from "./api/versions";
import type { AutoReplies, FullArticle, ReplySettings, Why } from "./types";

export type Hit = SearchHit & { why?: Why };

/** The console's routes, by subject. Every failure is an ApiError. */
export class ConsoleApi {
  readonly imports: ImportApi;
  readonly versions: VersionApi;
  readonly growth: GrowthApi;
  readonly risk: RiskApi;
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
    this.imports = new ImportApi(http);
    this.versions = new VersionApi(http);
    this.growth = new GrowthApi(http);
    this.risk = new RiskApi(http);
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

  async articles(query: { q: string; category: string; cursor: string; limit?: number }, signal?: AbortSignal): Promise<{ articles: FullArticle[]; next: string }> {
    const answer = await this.http.get<{ articles: FullArticle[] | null; next_cursor?: string | null }>("/v1/articles", {
      query: { limit: 50, ...query }, ...(signal ? { signal } : {}),
    });
    return { articles: answer.articles ?? [], next: answer.next_cursor ?? "" };
  }

  article(id: string, signal?: AbortSignal): Promise<FullArticle> {
    return this.http.get(`/v1/articles/${encodeURIComponent(id)}`, signal ? { signal } : {});
  }

  /** Deletes an article; one changed by somebody else meanwhile is an ApiError 412. */
  remove(article: FullArticle): Promise<void> {
    const headers: Record<string, string> = article.version ? { "If-Match": `"${article.version}"` } : {};
    return this.http.request("DELETE", `/v1/articles/${encodeURIComponent(article.id)}`, { headers });
  }

  /** Finds articles as the bot does, each with the reasons of its probability. */
  async search(query: string, previous: string): Promise<Hit[]> {
    const body = { query, limit: 5, explain: true, ...(previous ? { previous } : {}) };
    return (await this.http.post<{ hits: Hit[] | null }>("/v1/articles/search", body)).hits ?? [];
  }

  parse(text: string, prev: string): Promise<ParseResult> {
    return this.http.post("/v1/nlu/parse", { text, ...(prev ? { prev } : {}) });
  }

  async segment(text: string): Promise<string[]> {
    const answer = await this.http.post<{ results: SegmentResult[] | null }>("/v1/nlu/segment", { texts: [text] });
    return (answer.results?.[0]?.tokens ?? []).map((token) => token.text);
  }

  autoReplies(signal: AbortSignal): Promise<AutoReplies> {
    return this.http.get("/v1/autoreplies", { signal });
  }

  /** Saves automatic replies; dry only checks and previews. Another stored version is an ApiError 409. */
  saveAutoReplies(version: number, settings: ReplySettings, dry: boolean, signal?: AbortSignal): Promise<AutoReplies> {
    return this.http.request("PUT", "/v1/autoreplies", { query: { dry_run: dry }, body: { version, settings }, ...(signal ? { signal } : {}) });
  }
}
