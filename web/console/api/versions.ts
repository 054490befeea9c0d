import type { Http } from "../../shared/http";
import type { ArticleBody, Comparison, Difference, Draft, Edition, PendingDraft, Revision } from "../types";

/** Drafts, publication and the past of the knowledge base. */
export class VersionApi {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  async drafts(signal?: AbortSignal): Promise<PendingDraft[]> {
    return (await this.http.get<{ drafts: PendingDraft[] }>("/v1/articles/drafts", signal ? { signal } : {})).drafts;
  }

  /** Keeps an article as it should become; without an id it is a new one, and the key makes a repeated request count once. */
  saveDraft(id: string, article: ArticleBody, version: number, key: string): Promise<Draft> {
    const body = { article, ...(version > 0 ? { version } : {}) };
    return id === ""
      ? this.http.post("/v1/articles/drafts", body, { idempotencyKey: key })
      : this.http.request("PUT", `/v1/articles/drafts/${encodeURIComponent(id)}`, { body });
  }

  discard(id: string): Promise<void> {
    return this.http.request("DELETE", `/v1/articles/drafts/${encodeURIComponent(id)}`);
  }

  publish(ids: string[], note: string, key: string): Promise<{ revision: Revision; ids: string[] }> {
    return this.http.post("/v1/articles/publish", { ids, ...(note ? { note } : {}) }, { idempotencyKey: key, timeoutMs: 120_000 });
  }

  async history(before: number, limit: number, signal?: AbortSignal): Promise<Revision[]> {
    const query = { limit, ...(before > 0 ? { before } : {}) };
    return (await this.http.get<{ revisions: Revision[] }>("/v1/articles/history", { query, ...(signal ? { signal } : {}) })).revisions;
  }

  async editions(id: string, signal?: AbortSignal): Promise<Edition[]> {
    return (await this.http.get<{ editions: Edition[] }>(`/v1/articles/${encodeURIComponent(id)}/history`, signal ? { signal } : {})).editions;
  }

  diff(id: string, from: number, to: number, signal?: AbortSignal): Promise<Difference> {
    return this.http.get(`/v1/articles/${encodeURIComponent(id)}/diff`, { query: { from, to }, ...(signal ? { signal } : {}) });
  }

  rollBack(revision: number, note: string, key: string): Promise<{ to: number; changed: boolean; revision: Revision }> {
    return this.http.post("/v1/articles/rollback", { revision, ...(note ? { note } : {}) }, { idempotencyKey: key, timeoutMs: 300_000 });
  }

  compare(file: Blob, from: string, to: string): Promise<Comparison> {
    return this.http.request("POST", "/v1/articles/compare", { query: { from, to }, raw: { data: file, type: "application/octet-stream" }, timeoutMs: 300_000 });
  }
}
