import type { IncomingMessage } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";
import type { AgentInfo, ClientFrame, Message, ServerFrame, Status } from "../../shared/types";
import type { QuickReply, QuickWords } from "../../desk/quick";
import { suggest } from "./brain";
import { bot, nextId, summarize, type Conversation, type World } from "./model";
import { Problem, type Request, type Router } from "./router";

export const password = "yunqi-2025";
export const agents: AgentInfo[] = [
  { id: "ag_lin", name: "小林", bot: bot.id, role: "agent" },
  { id: "ag_wang", name: "小王", bot: bot.id, role: "agent" },
  { id: "ag_chen", name: "陈老师", bot: bot.id, role: "trainer" },
];

const shared = { uses: 12, missing: [] as string[], score: 0, editable: false, scope: "bot" as const };

/** The quick replies of the mock's shop. */
export const quickReplies: QuickReply[] = [
  { ...shared, id: "qr_1", title: "退款话术", shortcut: "tk", folder: "售后", text: "您好，{{shop.name}}的退款审核通过后 1–3 个工作日原路退回，请留意到账。", filled: "您好，云栖优品的退款审核通过后 1–3 个工作日原路退回，请留意到账。", keys: ["tuikuanhuashu", "tkhs"] },
  { ...shared, id: "qr_2", title: "送达时间", shortcut: "sd", folder: "物流", text: "{{customer.name}}您好，您的包裹预计{{parcel.eta}}送达。", filled: "{{customer.name}}您好，您的包裹预计{{parcel.eta}}送达。", missing: ["customer.name", "parcel.eta"], keys: ["songdashijian", "sdsj"] },
  { ...shared, id: "qr_3", scope: "team", owner: "售后", title: "安抚", shortcut: "af", text: "非常抱歉给您带来不便，您的心情我完全理解，我马上为您核实处理。", filled: "非常抱歉给您带来不便，您的心情我完全理解，我马上为您核实处理。", keys: ["anfu", "af"], editable: true },
  { ...shared, id: "qr_4", scope: "agent", owner: "ag_lin", title: "开场", shortcut: "kc", text: "您好，我是{{agent.name}}，很高兴为您服务。", filled: "您好，我是小林，很高兴为您服务。", keys: ["kaichang", "kc"], editable: true },
  { ...shared, id: "qr_5", title: "发票说明", shortcut: "fp", folder: "售后", text: "电子发票在订单完成后 24 小时内发到您的邮箱。", filled: "电子发票在订单完成后 24 小时内发到您的邮箱。", attachments: [{ name: "开票指南", url: "https://shop.example/invoice" }], keys: ["fapiaoshuoming", "fpsm"] },
];

/** Sessions, the desk's routes and its WebSocket. */
export class Desk {
  /** While set, no WebSocket is let in. */
  refusing = false;
  private readonly sessions = new Map<string, AgentInfo>();
  private readonly sockets = new Map<WebSocket, { agent: AgentInfo; subscribed: Set<string> }>();
  private readonly world: World;
  private readonly server = new WebSocketServer({ noServer: true });

  constructor(world: World) {
    this.world = world;
    world.listeners.add((event, conversation) => {
      for (const [socket, { subscribed }] of this.sockets) {
        if (subscribed.has(conversation.id)) this.send(socket, { type: "event", event });
        this.send(socket, { type: "summary", summary: summarize(conversation) });
      }
    });
  }

  agentOf(request: { token: string; cookie: string }): AgentInfo {
    const key = /(?:^|;\s*)yingda_session=([^;]+)/.exec(request.cookie)?.[1] ?? request.token;
    const agent = this.sessions.get(key);
    if (!agent) throw new Problem(401, "unauthenticated", "登录已过期，请重新登录");
    return agent;
  }

  routes(router: Router): void {
    router.on("POST", "/v1/agent/login", (request) => {
      const body = request.json as { name: string; password: string };
      const agent = agents.find((candidate) => candidate.name === body.name);
      if (!agent || body.password !== password) throw new Problem(401, "unauthenticated", "姓名或密码不对，请核对后再试");
      const token = nextId("ses");
      this.sessions.set(token, agent);
      request.setHeader("Set-Cookie", `yingda_session=${token}; HttpOnly; SameSite=Lax; Path=/`);
      return { agent, token };
    });
    router.on("POST", "/v1/agent/logout", (request) => {
      request.setHeader("Set-Cookie", "yingda_session=; Max-Age=0; Path=/");
      return {};
    });
    router.on("GET", "/v1/agent/me", (request) => ({ agent: this.agentOf(request) }));
    router.on("GET", "/v1/desk/conversations", (request) => {
      const me = this.agentOf(request);
      const statuses = (request.query.get("status") ?? "").split(",").filter(Boolean) as Status[];
      const mine = request.query.get("owner") === "me";
      const found = [...this.world.conversations.values()]
        .filter((c) => statuses.length === 0 || statuses.includes(c.status))
        .filter((c) => !mine || c.owner?.id === me.id)
        .map(summarize);
      return { conversations: found.slice(0, Number(request.query.get("limit")) || 100) };
    });
    router.on("GET", "/v1/desk/conversations/:id", (request) => {
      this.agentOf(request);
      const c = this.find(request);
      return {
        summary: summarize(c), status: c.status, owner: c.owner ?? { kind: "system" }, packet: c.packet ?? null, slots: c.slots, events: c.events, suggestions: c.suggestions,
        customer: {
          visitor: c.visitor, channel: "web", attributes: { page: "/" },
          ...(c.customer ? { id: c.customer, name: "周晓雯", orders: [
            { number: "YX202503060012", status: "已发货", title: "轻薄羽绒服", amount: "399.00", open: true, carrier: "sf", tracking_number: "SF1234567890123", parcel: "今天 09:12 快递员已出发派件" },
            { number: "YX202502110347", status: "已签收", title: "每日坚果礼盒 等 2 件", amount: "168.00" },
          ] } : {}),
        },
      };
    });
    router.on("POST", "/v1/desk/conversations/:id/claim", (request) => {
      const agent = this.agentOf(request);
      const c = this.find(request);
      if (c.status === "human" && c.owner?.id !== agent.id) throw new Problem(409, "conflict", `这个会话已由 ${c.owner?.name ?? "其他坐席"} 接待`);
      if (c.status === "closed") throw new Problem(409, "conflict", "会话已经结束");
      if (c.status !== "human") this.world.change(c, "human", { kind: "agent", id: agent.id, name: agent.name }, { kind: "agent", id: agent.id, name: agent.name });
      return { summary: summarize(c) };
    });
    router.on("POST", "/v1/desk/conversations/:id/release", (request) => {
      const c = this.owned(request);
      this.world.change(c, "bot", { kind: "bot", name: bot.bot_name });
      return { summary: summarize(c) };
    });
    router.on("POST", "/v1/desk/conversations/:id/close", (request) => {
      const c = this.owned(request);
      this.world.change(c, "closed");
      return { summary: summarize(c) };
    });
    router.on("POST", "/v1/desk/conversations/:id/replies", (request) => this.reply(request));
    router.on("POST", "/v1/desk/conversations/:id/notes", (request) => {
      const agent = this.agentOf(request);
      const c = this.find(request);
      return { event: this.world.append(c, "note.added", { kind: "agent", id: agent.id, name: agent.name }, { text: (request.json as { text: string }).text }) };
    });
    router.on("POST", "/v1/desk/conversations/:id/typing", (request) => {
      this.agentOf(request);
      this.onAgentTyping(this.find(request));
      return undefined;
    });
    router.on("GET", "/v1/desk/conversations/:id/quick-replies", (request) => {
      const me = this.agentOf(request);
      this.find(request);
      return { quick_replies: quickReplies.filter((reply) => reply.scope !== "agent" || reply.owner === me.id), teams: [], slots: [] };
    });
    router.on("POST", "/v1/quick-replies", (request) => {
      const me = this.agentOf(request);
      const words = request.json as QuickWords;
      if (quickReplies.some((reply) => words.shortcut && reply.shortcut === words.shortcut)) throw new Problem(409, "conflict", `快捷码 /${words.shortcut} 已被使用，请换一个。`);
      const reply: QuickReply = { ...words, id: nextId("qr"), owner: me.id, uses: 0, filled: words.text, missing: [], score: 0, keys: [], editable: true };
      quickReplies.unshift(reply);
      return reply;
    });
    router.on("POST", "/v1/quick-replies/:id/used", (request) => {
      const reply = quickReplies.find((one) => one.id === request.params["id"]);
      if (reply) reply.uses++;
      return {};
    });
    router.on("PUT", "/v1/quick-replies/:id", (request) => {
      this.agentOf(request);
      const reply = quickReplies.find((one) => one.id === request.params["id"]);
      if (!reply) throw new Problem(404, "not_found", "没有这条快捷短语");
      const words = request.json as QuickWords;
      return Object.assign(reply, words, { filled: words.text });
    });
    router.on("DELETE", "/v1/quick-replies/:id", (request) => {
      quickReplies.splice(0, quickReplies.length, ...quickReplies.filter((one) => one.id !== request.params["id"]));
      return {};
    });
    router.on("GET", "/v1/desk/conversations/:id/suggestions", (request) => {
      this.agentOf(request);
      const c = this.find(request);
      return { suggestions: suggest(c, request.query.get("draft") ?? "") };
    });
    router.on("POST", "/v1/desk/conversations/:id/suggestions/:sid/ignored", (request) => {
      this.agentOf(request);
      this.world.append(this.find(request), "suggestion.used", { kind: "agent" }, { suggestion: request.params["sid"], use: "ignored" });
      return undefined;
    });
  }

  onAgentTyping: (conversation: Conversation) => void = () => undefined;

  /** Tells subscribed desks what a visitor types, and suggestions for it. */
  visitorTypes(conversation: Conversation, text: string): void {
    conversation.suggestions = suggest(conversation, text);
    for (const [socket, { subscribed }] of this.sockets) {
      if (!subscribed.has(conversation.id)) continue;
      this.send(socket, { type: "typing", conversation: conversation.id, text });
      this.send(socket, { type: "suggestions", conversation: conversation.id, suggestions: conversation.suggestions });
    }
  }

  upgrade(request: IncomingMessage, socket: import("node:stream").Duplex, head: Buffer): void {
    try {
      if (this.refusing) throw new Problem(503, "unavailable", "正在重启");
      const agent = this.agentOf({ token: new URL(request.url ?? "", "http://mock").searchParams.get("token") ?? "", cookie: request.headers.cookie ?? "" });
      this.server.handleUpgrade(request, socket, head, (ws) => this.connected(ws, agent));
    } catch {
      socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
    }
  }

  /** Cuts all sockets, as a restart of the server does. */
  dropSockets(): void {
    for (const socket of this.sockets.keys()) socket.terminate();
  }

  private connected(ws: WebSocket, agent: AgentInfo): void {
    const subscribed = new Set<string>();
    this.sockets.set(ws, { agent, subscribed });
    this.send(ws, { type: "hello", agent, at: new Date().toISOString() });
    ws.on("close", () => this.sockets.delete(ws));
    ws.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ClientFrame;
      if (frame.type === "ping") this.send(ws, { type: "pong" });
      else if (frame.type === "unsubscribe") subscribed.delete(frame.conversation);
      else {
        subscribed.add(frame.conversation);
        const c = this.world.find(frame.conversation);
        for (const event of c?.events ?? []) if (event.seq > frame.after) this.send(ws, { type: "event", event });
      }
    });
  }

  private reply(request: Request): { message: Message } {
    const agent = this.agentOf(request);
    const c = this.owned(request);
    const body = request.json as { text: string; client_id?: string; suggestion?: { id: string; use: string } };
    const known = body.client_id ? c.byClientId.get(body.client_id) : undefined;
    if (known) return { message: known.message };
    const message = this.world.say(c, { kind: "agent", id: agent.id, name: agent.name }, { text: body.text, ...(body.client_id ? { client_id: body.client_id } : {}) });
    if (body.client_id) c.byClientId.set(body.client_id, { message, replies: [] });
    if (body.suggestion) this.world.append(c, "suggestion.used", { kind: "agent", id: agent.id }, { suggestion: body.suggestion.id, use: body.suggestion.use, message: message.id });
    return { message };
  }

  private find(request: Request): Conversation {
    const c = this.world.find(request.params["id"] ?? "");
    if (!c) throw new Problem(404, "not_found", "没有这个会话");
    return c;
  }

  private owned(request: Request): Conversation {
    const agent = this.agentOf(request);
    const c = this.find(request);
    if (c.status !== "human" || c.owner?.id !== agent.id) throw new Problem(409, "conflict", c.owner?.name ? `这个会话由 ${c.owner.name} 接待` : "请先接入会话");
    return c;
  }

  private send(socket: WebSocket, frame: ServerFrame): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
  }
}
