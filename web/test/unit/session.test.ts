import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Event, Message } from "../../shared/types";
import { Memory, type Shelf } from "../../widget/memory";
import { ChatSession } from "../../widget/session";
import { settle } from "./clockwork";
import { event, FakeSource } from "./events";

interface Call {
  method: string;
  path: string;
  body: Record<string, unknown>;
  token: string;
  key: string;
}

/** A server of one conversation, answering what the session asks. */
class Backend {
  readonly calls: Call[] = [];
  readonly events: Event[] = [event(1, "conversation.started", { visitor: "v", channel: "web" }), event(2, "status.changed", { from: "new", to: "bot" })];
  status = "bot";
  down = false;
  gone = false;
  refuse = false;

  readonly fetch = (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const headers = init.headers as Record<string, string>;
    const path = String(input);
    const call = {
      method: init.method ?? "GET", path, token: (headers["Authorization"] ?? "").replace("Bearer ", ""), key: headers["Idempotency-Key"] ?? "",
      body: (typeof init.body === "string" ? JSON.parse(init.body) : {}) as Record<string, unknown>,
    };
    this.calls.push(call);
    if (this.down) return Promise.reject(new TypeError("fetch failed"));
    return Promise.resolve(this.answer(call));
  };

  private answer(call: Call): Response {
    const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });
    if (call.path === "/v1/conversations") {
      this.gone = false;
      return json({ conversation: "cv_1", token: "tok_1", expires_at: new Date(Date.now() + 3600_000).toISOString(), status: "bot", bot: { name: "店", bot_name: "小栖", greeting: "您好", menu: ["查物流"] }, events: this.events }, 201);
    }
    if (this.gone) return json({ code: "unauthenticated", detail: "过期" }, 401);
    if (call.path.endsWith("/messages")) {
      const message: Message = { id: `m_${String(call.body["client_id"])}`, text: String(call.body["text"]), client_id: String(call.body["client_id"]) };
      return json({ message, replies: [{ id: `r_${message.id}`, text: "好的" }], status: this.status });
    }
    if (call.path.includes("/related")) return json({ questions: ["查物流", "怎么退货", "运费谁出", "能开发票吗", "满多少包邮"].map((question) => ({ article: question, question })) });
    if (call.path.endsWith("/rating")) return this.refuse ? json({ code: "unavailable", detail: "坏了" }, 503) : new Response(null, { status: 204 });
    if (call.path.includes("/typeahead")) return json({ proposals: [{ article: "a", question: "运费谁出", wording: "运费谁出", marks: [[0, 2]] }] });
    if (call.path.endsWith("/typing")) return new Response(null, { status: 204 });
    return json({ conversation: "cv_1", status: this.status, owner: { kind: "bot" }, events: this.events });
  }
}

class Store implements Shelf {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

function setup(shelf: Shelf = new Store(), backend = new Backend()) {
  const sources: FakeSource[] = [];
  const session = new ChatSession({
    server: "", visitorKey: "yd_visitor_1", memory: new Memory(shelf, "demo"), customer: "c1001", customerSignature: "sig",
    fetch: backend.fetch,
    connect: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    wait: () => Promise.resolve(),
  });
  return { session, backend, sources, shelf };
}

const texts = (session: ChatSession) => session.timeline.items().map((item) => (item.kind === "message" ? item.text : item.to));

describe("ChatSession", () => {
  it("begins a conversation with the visitor key, then speaks with the conversation's token", async () => {
    const { session, backend, sources } = setup();
    await session.open();
    assert.equal(session.phase, "ready");
    assert.deepEqual(texts(session), ["您好"]);
    assert.deepEqual(backend.calls[0]?.body, { channel: "web", customer: "c1001", customer_signature: "sig" });
    assert.equal(backend.calls[0]?.token, "yd_visitor_1");
    assert.match(sources[0]?.url ?? "", /\/v1\/conversations\/cv_1\/events\?token=tok_1&after=2$/);
    assert.ok(session.send("  我的快递到哪了 "));
    await settle();
    assert.equal(backend.calls.at(-1)?.token, "tok_1");
    assert.equal(backend.calls.at(-1)?.key, backend.calls.at(-1)?.body["client_id"]);
    assert.deepEqual(texts(session), ["您好", "我的快递到哪了", "好的"]);
  });

  it("begins the same conversation when the first try got no answer", async () => {
    const { session, backend } = setup();
    backend.down = true;
    await session.open();
    assert.equal(session.phase, "failed");
    backend.down = false;
    session.online();
    await settle();
    assert.equal(session.phase, "ready");
    const keys = backend.calls.filter((call) => call.path === "/v1/conversations").map((call) => call.key);
    assert.equal(new Set(keys).size, 1);
    assert.equal(keys.length, 2);
  });

  it("continues after a reload and sends what was not sent, under the same client id", async () => {
    const first = setup();
    await first.session.open();
    first.backend.down = true;
    first.session.send("断网时写的");
    await settle();
    const id = first.backend.calls.at(-1)?.body["client_id"];
    first.backend.down = false;
    const second = setup(first.shelf, first.backend);
    assert.ok(second.session.remembered);
    await second.session.open();
    await settle();
    assert.equal(first.backend.calls.at(-1)?.body["client_id"], id);
    assert.deepEqual(texts(second.session), ["您好", "断网时写的", "好的"]);
  });

  it("sends waiting messages when the stream opens again", async () => {
    const { session, backend, sources } = setup();
    await session.open();
    sources[0]?.emit("open");
    backend.down = true;
    session.send("一");
    await settle();
    sources[0]?.emit("error");
    assert.equal(session.stream, "down");
    const item = session.timeline.items().at(-1);
    assert.ok(item?.kind === "message" && item.delivery === "waiting");
    backend.down = false;
    session.online();
    assert.equal(session.stream, "down", "a connection in the making is still no connection");
    sources[1]?.emit("open");
    await settle();
    assert.deepEqual(texts(session), ["您好", "一", "好的"]);
  });

  it("notices that the conversation is gone and starts another with what was not sent", async () => {
    const { session, backend } = setup();
    await session.open();
    backend.gone = true;
    session.send("还在吗");
    await settle();
    assert.equal(session.phase, "expired");
    await session.restart();
    await settle();
    assert.equal(session.phase, "ready");
    assert.deepEqual(texts(session), ["您好", "还在吗", "好的"]);
  });

  it("refuses empty and overlong texts, counting code points", async () => {
    const { session } = setup();
    await session.open();
    assert.equal(session.send(" \n "), false);
    assert.equal(session.send("😀".repeat(2001)), false);
    assert.equal(session.send("😀".repeat(2000)), true);
  });

  it("shares typing only while people are asked or there, cut to the limit", async () => {
    const { session, backend, sources } = setup();
    await session.open();
    await session.reportTyping("给机器人的");
    sources[0]?.deliver(event(3, "status.changed", { from: "bot", to: "queued" }));
    await session.reportTyping("字".repeat(600));
    const typed = backend.calls.filter((call) => call.path.endsWith("/typing"));
    assert.equal(typed.length, 1);
    assert.equal(String(typed[0]?.body["text"]).length, 500);
  });

  it("counts what came while the panel was closed", async () => {
    const { session, sources } = setup();
    await session.open();
    session.setVisible(true);
    sources[0]?.deliver(event(3, "message.sent", { id: "a", text: "看到的" }, { kind: "bot" }));
    session.setVisible(false);
    sources[0]?.deliver(event(4, "message.sent", { id: "b", text: "没看到的" }, { kind: "agent", name: "小林" }));
    assert.equal(session.unread, 1);
    session.setVisible(true);
    assert.equal(session.unread, 0);
  });

  it("lives without storage", async () => {
    const broken: Shelf = {
      getItem: () => { throw new Error("blocked"); },
      setItem: () => { throw new Error("blocked"); },
      removeItem: () => { throw new Error("blocked"); },
    };
    const { session } = setup(broken);
    await session.open();
    assert.ok(session.send("你好"));
    await settle();
    assert.deepEqual(texts(session), ["您好", "你好", "好的"]);
  });

  it("shows three questions near the last answer, asked for once with the visitor key, without those asked already", async () => {
    const { session, backend } = setup();
    await session.open();
    assert.deepEqual(session.related, []);
    session.timeline.apply(event(3, "message.received", { id: "m1", text: "怎么退货" }, { kind: "visitor" }), 0);
    session.timeline.apply(event(4, "message.sent", { id: "m2", text: "七天内。", kind: "answer", articles: ["a/1"] }, { kind: "bot" }), 0);
    assert.deepEqual(session.related, []);
    await settle();
    assert.deepEqual(session.related, ["查物流", "运费谁出", "能开发票吗"]);
    const asked = backend.calls.filter((call) => call.path.includes("/related"));
    assert.deepEqual(asked.map((call) => [call.path, call.token]), [["/v1/help/articles/a%2F1/related?limit=5", "yd_visitor_1"]]);
    session.timeline.apply(event(5, "message.received", { id: "m3", text: "好的" }, { kind: "visitor" }), 0);
    assert.deepEqual(session.related, [], "they belong to the last message");
  });

  it("proposes with the visitor key", async () => {
    const { session, backend } = setup();
    await session.open();
    const found = await session.propose("运 f", new AbortController().signal);
    assert.equal(found[0]?.question, "运费谁出");
    assert.equal(backend.calls.at(-1)?.token, "yd_visitor_1");
    assert.match(backend.calls.at(-1)?.path ?? "", /^\/v1\/help\/typeahead\?q=%E8%BF%90(\+|%20)f&limit=5$/);
  });

  it("shows a rating at once and takes it back when the server refuses it", async () => {
    const { session, backend } = setup();
    await session.open();
    await session.rate("m2", true);
    await session.rate("m2", true);
    assert.equal(session.ratings.get("m2"), true);
    const told = backend.calls.filter((call) => call.path.endsWith("/rating"));
    assert.deepEqual(told.map((call) => [call.path, call.token, call.body]), [["/v1/conversations/cv_1/messages/m2/rating", "tok_1", { useful: true }]]);
    backend.refuse = true;
    const change = session.rate("m2", false);
    assert.equal(session.ratings.get("m2"), false);
    await change;
    assert.equal(session.ratings.get("m2"), true);
  });
});
