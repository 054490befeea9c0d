import type { Http } from "../shared/http";
import type { QuickReply, QuickWords } from "./quick";
import type { AgentInfo, ConversationDetail, Event, Message, Suggestion, Summary } from "../shared/types";

/** How a reply came from a suggestion: word for word or changed. */
export interface UsedSuggestion {
  id: string;
  use: "taken" | "edited";
}

/** The desk's routes. Every failure is an ApiError. */
export class DeskApi {
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

  /** The signed-in agent. */
  async me(): Promise<AgentInfo> {
    const answer = await this.http.get<AgentInfo | { agent: AgentInfo }>("/v1/agent/me");
    return "agent" in answer ? answer.agent : answer;
  }

  async list(status: string, limit: number): Promise<Summary[]> {
    const answer = await this.http.get<{ conversations: Summary[] | null }>("/v1/desk/conversations", { query: { status, owner: "any", limit } });
    return answer.conversations ?? [];
  }

  detail(id: string): Promise<ConversationDetail> {
    return this.http.get(this.path(id));
  }

  async claim(id: string): Promise<Summary> {
    return (await this.http.post<{ summary: Summary }>(this.path(id, "/claim"), {})).summary;
  }

  async release(id: string): Promise<Summary> {
    return (await this.http.post<{ summary: Summary }>(this.path(id, "/release"), {})).summary;
  }

  async close(id: string): Promise<Summary> {
    return (await this.http.post<{ summary: Summary }>(this.path(id, "/close"), {})).summary;
  }

  async reply(id: string, text: string, clientId: string, suggestion?: UsedSuggestion): Promise<Message> {
    const body = { text, client_id: clientId, ...(suggestion ? { suggestion } : {}) };
    return (await this.http.post<{ message: Message }>(this.path(id, "/replies"), body, { idempotencyKey: clientId })).message;
  }

  async note(id: string, text: string): Promise<Event> {
    return (await this.http.post<{ event: Event }>(this.path(id, "/notes"), { text })).event;
  }

  typing(id: string): Promise<void> {
    return this.http.post(this.path(id, "/typing"), {}, { timeoutMs: 5000 });
  }

  async suggestions(id: string, draft: string): Promise<Suggestion[]> {
    const answer = await this.http.get<{ suggestions: Suggestion[] | null }>(this.path(id, "/suggestions"), { query: { draft } });
    return answer.suggestions ?? [];
  }

  ignore(id: string, suggestion: string): Promise<void> {
    return this.http.post(this.path(id, `/suggestions/${encodeURIComponent(suggestion)}/ignored`), {});
  }

  /** The quick replies for a conversation, those that fit the draft or the last message first. */
  async quickReplies(id: string, draft: string): Promise<QuickReply[]> {
    const answer = await this.http.get<{ quick_replies: QuickReply[] | null }>(this.path(id, "/quick-replies"), { query: { draft } });
    return answer.quick_replies ?? [];
  }

  quickReplyUsed(reply: string): Promise<void> {
    return this.http.post(`/v1/quick-replies/${encodeURIComponent(reply)}/used`);
  }

  /** Adds a quick reply, or changes the one with this id. */
  async saveQuickReply(words: QuickWords, reply?: string): Promise<void> {
    await (reply ? this.http.request("PUT", `/v1/quick-replies/${encodeURIComponent(reply)}`, { body: words }) : this.http.post("/v1/quick-replies", words));
  }

  deleteQuickReply(reply: string): Promise<void> {
    return this.http.request("DELETE", `/v1/quick-replies/${encodeURIComponent(reply)}`);
  }

  private path(id: string, tail = ""): string {
    return `/v1/desk/conversations/${encodeURIComponent(id)}${tail}`;
  }
}
