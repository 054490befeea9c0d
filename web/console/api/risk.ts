import type { Http } from "../../shared/http";
import type { AnswerRisk, Judged } from "../types";

/** How many wrong answers the bot may give. */
export class RiskApi {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  read(signal: AbortSignal): Promise<AnswerRisk> {
    return this.http.get("/v1/articles/risk", { signal });
  }

  /** Sets the accepted share of wrong answers; 0 returns to the bot's profile. */
  set(share: number): Promise<AnswerRisk> {
    return this.http.request("PUT", "/v1/articles/risk", { body: { answer_risk: share } });
  }

  judge(questions: Judged[]): Promise<AnswerRisk> {
    return this.http.post("/v1/articles/risk/judge", { questions }, { timeoutMs: 300_000 });
  }
}
