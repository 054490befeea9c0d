import type { Http } from "../../shared/http";
import type { MinedProposal, MiningRun, ProposalEdit, ProposalKind, ProposalState, Unanswered, UseLine, UseList } from "../types";

const path = "/v1/growth";

/** What grows from conversations: proposals, unanswered questions and use. */
export class GrowthApi {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  async proposals(filter: { kind?: ProposalKind; state: ProposalState }, signal: AbortSignal): Promise<MinedProposal[]> {
    return (await this.http.get<{ proposals: MinedProposal[] }>(`${path}/proposals`, { query: { ...filter, limit: 200 }, signal })).proposals;
  }

  /** Accepts a proposal as a draft; fields given replace what was proposed. */
  accept(id: string, edit: ProposalEdit): Promise<MinedProposal> {
    return this.http.post(`${path}/proposals/${encodeURIComponent(id)}/accept`, edit);
  }

  reject(id: string): Promise<MinedProposal> {
    return this.http.post(`${path}/proposals/${encodeURIComponent(id)}/reject`, {});
  }

  mineSince(since: string, key: string): Promise<MiningRun> {
    return this.http.post(`${path}/runs`, { since }, { idempotencyKey: key });
  }

  mineFile(file: File, key: string): Promise<MiningRun> {
    const format = /\.csv(\.gz)?$/i.test(file.name) ? "csv" : "jsonl";
    return this.http.request("POST", `${path}/transcripts`, { query: { format }, raw: { data: file, type: "application/octet-stream" }, idempotencyKey: key, timeoutMs: 120_000 });
  }

  async runs(signal: AbortSignal): Promise<MiningRun[]> {
    return (await this.http.get<{ runs: MiningRun[] }>(`${path}/runs`, { signal })).runs;
  }

  cancel(id: string): Promise<MiningRun> {
    return this.http.request("DELETE", `${path}/runs/${encodeURIComponent(id)}`);
  }

  unanswered(signal: AbortSignal): Promise<Unanswered> {
    return this.http.get(`${path}/unanswered`, { signal });
  }

  cluster(): Promise<Unanswered> {
    return this.http.post(`${path}/unanswered`, undefined, { timeoutMs: 300_000 });
  }

  use(list: UseList, days: number, signal: AbortSignal): Promise<{ articles: UseLine[]; total: number }> {
    return this.http.get(`${path}/usage`, { query: { list, days, limit: 200 }, signal });
  }
}
