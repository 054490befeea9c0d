import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Article, Event, Message } from "../../shared/types";
import { answer, articles, parse, propose, searchArticles } from "./brain";
import { Desk } from "./desk";
import { bot, isPublic, nextId, World, type Conversation } from "./model";
import { Problem, Router, type Request } from "./router";

export const visitorKey = "yd_visitor_mock";
const dist = join(import.meta.dirname, "..", "..", "dist");
const types: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** A stand-in for the server: the contract of its routes, in memory, with faults on demand. */
export class Mock {
  readonly world = new World();
  readonly desk = new Desk(this.world);
  readonly ratings: { message: string; useful: boolean }[] = [];
  /** What was asked of the typeahead. */
  readonly typed: string[] = [];
  /** Milliseconds a visitor's message takes. */
  delay = 0;
  private readonly streams = new Map<ServerResponse, Conversation>();
  private readonly router = new Router();
  private readonly started = new Map<string, Conversation>();
  private readonly server: Server;

  constructor() {
    this.visitorRoutes();
    this.helpRoutes();
    this.knowledgeRoutes();
    this.desk.routes(this.router);
    this.desk.onAgentTyping = (conversation) => this.ephemeral(conversation, "typing", { text: "" });
    this.world.listeners.add((event, conversation) => {
      for (const [response, heard] of this.streams) if (heard === conversation && isPublic(event)) write(response, event);
    });
    this.server = createServer((request, response) => {
      void this.router.handle(request, response).then((done) => (done ? undefined : this.file(request.url ?? "/", response)));
    });
    this.server.on("upgrade", (request, socket, head: Buffer) => this.desk.upgrade(request, socket, head));
  }

  /** Listens on the port (0: any) and returns the address. */
  listen(port = 0): Promise<string> {
    return new Promise((resolve) => {
      this.server.listen(port, "127.0.0.1", () => resolve(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}`));
    });
  }

  close(): Promise<void> {
    this.desk.dropSockets();
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Cuts all event streams, as a restart does. */
  dropStreams(): void {
    for (const response of this.streams.keys()) response.destroy();
  }

  ephemeral(conversation: Conversation, type: string, data: unknown): void {
    for (const [response, heard] of this.streams) if (heard === conversation) response.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  private visitor(request: Request): Conversation {
    const conversation = this.world.find(request.params["id"] ?? "");
    if (!conversation || conversation.token !== request.token) throw new Problem(401, "unauthenticated", "会话凭证无效，请重新开始会话");
    return conversation;
  }

  private helpRoutes(): void {
    const forVisitors = (request: Request) => {
      if (request.token !== visitorKey) throw new Problem(403, "forbidden", "当前凭证没有使用此接口的权限。");
    };
    this.router.on("GET", "/v1/help/typeahead", (request) => {
      forVisitors(request);
      const q = request.query.get("q") ?? "";
      this.typed.push(q);
      return { proposals: propose(q) };
    });
    this.router.on("GET", "/v1/help/articles/:article/related", (request) => {
      forVisitors(request);
      const questions = articles.filter((a) => a.id !== request.params["article"]).slice(0, 3).map((a) => ({ article: a.id, question: a.question }));
      return { questions };
    });
  }

  private visitorRoutes(): void {
    const { router, world } = this;
    router.on("POST", "/v1/conversations", (request) => {
      if (request.token !== visitorKey) throw new Problem(401, "unauthenticated", "访客密钥无效");
      const key = String(request.raw.headers["idempotency-key"] ?? nextId("key"));
      const body = (request.json ?? {}) as { customer?: string };
      const conversation = this.started.get(key) ?? world.start(nextId("vis"), body.customer);
      this.started.set(key, conversation);
      return {
        conversation: conversation.id, token: conversation.token, expires_at: new Date(Date.now() + 86_400_000).toISOString(),
        status: conversation.status, bot, events: conversation.events.filter(isPublic),
      };
    }, 201);
    router.on("GET", "/v1/conversations/:id", (request) => {
      const c = this.visitor(request);
      return { conversation: c.id, status: c.status, owner: c.owner ?? { kind: "system" }, events: c.events.filter(isPublic) };
    });
    router.on("POST", "/v1/conversations/:id/messages", async (request) => {
      const c = this.visitor(request);
      const body = request.json as { text: string; client_id?: string };
      const text = body.text.trim();
      if (text === "" || [...text].length > 2000) throw new Problem(422, "invalid", "消息须为 1 到 2000 字");
      if (c.status === "closed") throw new Problem(409, "conflict", "会话已经结束，请重新开始");
      const known = body.client_id ? c.byClientId.get(body.client_id) : undefined;
      if (known) return { ...known, status: c.status };
      const message: Message = { id: nextId("ms"), text, ...(body.client_id ? { client_id: body.client_id } : {}) };
      world.append(c, "message.received", { kind: "visitor", id: c.visitor }, message);
      if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
      const replies = answer(world, c, message);
      if (body.client_id) c.byClientId.set(body.client_id, { message, replies });
      return { message, replies, status: c.status };
    });
    router.on("POST", "/v1/conversations/:id/typing", (request) => {
      this.desk.visitorTypes(this.visitor(request), (request.json as { text: string }).text);
      return undefined;
    });
    router.on("POST", "/v1/conversations/:id/messages/:message/rating", (request) => {
      this.visitor(request);
      this.ratings.push({ message: request.params["message"] ?? "", useful: (request.json as { useful: boolean }).useful });
      return undefined;
    });
    router.on("POST", "/v1/conversations/:id/close", (request) => {
      const c = this.visitor(request);
      if (c.status !== "closed") world.change(c, "closed");
      return { status: c.status };
    });
    router.on("GET", "/v1/conversations/:id/events", (request) => {
      const c = this.visitor(request);
      const after = Number(request.raw.headers["last-event-id"] ?? request.query.get("after") ?? 0);
      const { response } = request;
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
      response.write(": open\n\n");
      for (const event of c.events) if (event.seq > after && isPublic(event)) write(response, event);
      this.streams.set(response, c);
      response.on("close", () => this.streams.delete(response));
      return "streaming";
    });
  }

  private knowledgeRoutes(): void {
    const { router, desk } = this;
    const trainer = (request: Request) => {
      if (desk.agentOf(request).role !== "trainer") throw new Problem(403, "forbidden", "这里需要训练师账号");
    };
    const find = (request: Request): Article => {
      const article = articles.find((candidate) => candidate.id === request.params["id"]);
      if (!article) throw new Problem(404, "not_found", "没有这个知识条目");
      return article;
    };
    router.on("GET", "/v1/articles", (request) => {
      trainer(request);
      const q = request.query.get("q") ?? "";
      const category = request.query.get("category") ?? "";
      const found = articles.filter((a) => (category === "" || a.category === category) && (q === "" || [a.question, a.answer, ...(a.similar ?? [])].join("\n").includes(q)));
      const from = Number(request.query.get("cursor") ?? 0);
      const limit = Number(request.query.get("limit") ?? 50);
      return { articles: found.slice(from, from + limit), next_cursor: from + limit < found.length ? String(from + limit) : "" };
    });
    router.on("POST", "/v1/articles", (request) => {
      trainer(request);
      const article: Article = { ...(request.json as Article), id: nextId("a"), version: 1, updated_at: new Date().toISOString() };
      if (!article.question.trim()) throw new Problem(422, "invalid", "问题不能为空");
      articles.push(article);
      return article;
    }, 201);
    router.on("GET", "/v1/articles/:id", (request) => (trainer(request), find(request)));
    router.on("PUT", "/v1/articles/:id", (request) => {
      trainer(request);
      const article = find(request);
      const match = request.raw.headers["if-match"];
      if (match !== undefined && match !== `"${article.version ?? 0}"`) throw new Problem(412, "conflict", "条目已被别人修改，请重新打开");
      return Object.assign(article, request.json, { version: (article.version ?? 0) + 1, updated_at: new Date().toISOString() });
    });
    router.on("DELETE", "/v1/articles/:id", (request) => {
      trainer(request);
      articles.splice(articles.indexOf(find(request)), 1);
      return undefined;
    });
    router.on("POST", "/v1/articles/import", (request) => {
      trainer(request);
      const rows = request.body.split("\n").filter((line) => line.trim() !== "").length - 1;
      const bad = /,,/.test(request.body);
      return { rows, added: bad ? rows - 1 : rows, replaced: 0, unchanged: 0, rejected: bad ? 1 : 0, problems: bad ? [{ line: 3, field: "answer", code: "empty", message: "答案为空：请填写后再导入" }] : [] };
    });
    router.on("POST", "/v1/articles/search", (request) => ({
      hits: searchArticles((request.json as { query: string }).query).map(({ article, score }) => ({
        article_id: article.id, question: article.question, answer: article.answer, score, band: score > 0.55 ? "answer" : "suggest", phrase: article.similar?.[0] ?? article.question,
      })),
    }));
    router.on("POST", "/v1/nlu/parse", (request) => parse((request.json as { text: string }).text));
    router.on("POST", "/v1/nlu/segment", (request) => ({
      results: (request.json as { texts: string[] }).texts.map((text) => ({ text, tokens: [...text].map((char, i) => ({ text: char, start: i, end: i + 1, pos: "n" })) })),
    }));
  }

  private async file(url: string, response: ServerResponse): Promise<void> {
    const path = normalize(new URL(url, "http://mock").pathname).replace(/\/$/, "/index.html");
    try {
      const data = await readFile(join(dist, path));
      const type = types[extname(path)] ?? "application/octet-stream";
      response.writeHead(200, { "Content-Type": type });
      const config = { bot: bot.id, visitorKey, version: "mock", ...(path === "/index.html" ? { customer: "c1001", customerSignature: "mock" } : {}) };
      response.end(type.startsWith("text/html") ? data.toString().replace("<!--yingda:config-->", `<script>window.__YINGDA__=${JSON.stringify(config)}</script>`) : data);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("not found");
    }
  }
}

function write(response: ServerResponse, event: Event): void {
  response.write(`id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
