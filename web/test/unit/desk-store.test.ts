import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeskApi } from "../../desk/api";
import type { Wire } from "../../desk/socket";
import { DeskStore } from "../../desk/store";
import { Http } from "../../shared/http";
import type { Event, ServerFrame, Suggestion, Summary } from "../../shared/types";
import { settle } from "./clockwork";
import { event } from "./events";

const me = { id: "ag_lin", name: "小林", bot: "demo", role: "agent" };
const suggestion: Suggestion = { id: "sg_1", title: "进度", text: "今天送到", source: "state", score: 0.9 };

function summary(change: Partial<Summary> = {}): Summary {
  return {
    bot: "demo", conversation: "cv_1", visitor: "vis_0001", channel: "web", status: "human", owner: me.id, last_text: "在吗", last_from: "visitor",
    unread: 0, started_at: "2025-03-01T08:00:00Z", updated_at: "2025-03-01T08:01:00Z", seq: 3, ...change,
  };
}

interface Call {
  method: string;
  path: string;
  body: Record<string, unknown>;
}

function setup() {
  const calls: Call[] = [];
  const notices: string[] = [];
  let alerts = 0;
  const faults = new Map<string, Response | "network">();
  const row = { value: summary() };
  const events: Event[] = [event(1, "message.received", { id: "m1", text: "在吗" }, { kind: "visitor" })];
  const answer = (call: Call): unknown => {
    if (call.path === "/v1/agent/me") return me;
    if (call.path.startsWith("/v1/desk/conversations?")) return { conversations: call.path.includes("closed") ? [] : [row.value] };
    if (call.path.endsWith("/replies")) return { message: { id: "m_new", text: call.body["text"] } };
    if (call.path.endsWith("/notes")) return { event: event(50, "note.added", { text: call.body["text"] }, { kind: "agent", name: "小林" }) };
    if (call.path.includes("/suggestions?") || call.path.endsWith("/suggestions")) return { suggestions: [] };
    if (/\/(claim|release|close)$/.test(call.path)) return { summary: row.value };
    if (call.method === "POST") return undefined;
    return { summary: row.value, status: row.value.status, owner: { kind: "agent", id: row.value.owner ?? "", name: "小林" }, events, suggestions: [suggestion], slots: {}, packet: null };
  };
  const send = (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const call = { method: init.method ?? "GET", path: String(input), body: (typeof init.body === "string" ? JSON.parse(init.body) : {}) as Record<string, unknown> };
    calls.push(call);
    const fault = [...faults].find(([tail]) => call.path.endsWith(tail))?.[1];
    if (fault === "network") return Promise.reject(new TypeError("fetch failed"));
    if (fault) return Promise.resolve(fault.clone());
    const value = answer(call);
    return Promise.resolve(value === undefined ? new Response(null, { status: 204 }) : new Response(JSON.stringify(value)));
  };
  const wires: (Wire & { sent: string[] })[] = [];
  const store: DeskStore = new DeskStore({
    api: new DeskApi(new Http({ base: "", fetch: send, onUnauthenticated: () => store.signedOut() })),
    socketUrl: "ws://desk",
    connect: () => {
      const sent: string[] = [];
      const wire = { onopen: null, onclose: null, onmessage: null, readyState: 1, sent, send: (data: string) => void sent.push(data), close: () => undefined } as Wire & { sent: string[] };
      wires.push(wire);
      return wire;
    },
    notify: (_, text) => notices.push(text),
    alert: () => alerts++,
  });
  const frame = (one: ServerFrame) => wires.at(-1)?.onmessage?.({ data: JSON.stringify(one) });
  const open = async () => {
    await store.check();
    wires.at(-1)?.onopen?.();
    store.select("cv_1");
    await settle();
  };
  const detail = () => {
    const found = store.snapshot().details.get("cv_1");
    assert.ok(found);
    return found;
  };
  const stop = () => store.signedOut();
  return { calls, notices, faults, row, store, wires, frame, open, detail, stop, alerts: () => alerts };
}

const replies = (calls: Call[]) => calls.filter((call) => call.path.endsWith("/replies"));

describe("DeskStore", () => {
  it("signs in from a session, reads the lists and follows the opened conversation", async () => {
    const { store, wires, open, detail, frame, stop } = setup();
    await open();
    assert.equal(store.snapshot().phase, "ready");
    assert.equal(store.snapshot().summaries.size, 1);
    assert.deepEqual(JSON.parse(wires[0]?.sent.at(-1) ?? ""), { type: "subscribe", conversation: "cv_1", after: 1 });
    frame({ type: "typing", conversation: "cv_1", text: "我想问" });
    assert.equal(detail().typing?.text, "我想问");
    frame({ type: "event", event: event(2, "message.received", { id: "m2", text: "我想问问" }, { kind: "visitor" }) });
    frame({ type: "event", event: event(2, "message.received", { id: "m2", text: "我想问问" }, { kind: "visitor" }) });
    assert.equal(detail().events.length, 2);
    assert.equal(detail().typing, null);
    stop();
  });

  it("reports a suggestion as taken, as edited, and passed over ones as ignored, once", async () => {
    const { store, calls, open, stop } = setup();
    await open();
    store.setDraft("cv_1", suggestion.text, suggestion);
    store.send("cv_1");
    store.setDraft("cv_1", suggestion.text, suggestion);
    store.setDraft("cv_1", "今天下午送到");
    store.send("cv_1");
    store.setDraft("cv_1", suggestion.text, suggestion);
    store.setDraft("cv_1", "");
    store.setDraft("cv_1", "自己写的");
    store.send("cv_1");
    store.setDraft("cv_1", "又写一条");
    store.send("cv_1");
    await settle();
    assert.deepEqual(replies(calls).map((call) => call.body["suggestion"]), [{ id: "sg_1", use: "taken" }, { id: "sg_1", use: "edited" }, undefined, undefined]);
    assert.equal(calls.filter((call) => call.path.endsWith("/sg_1/ignored")).length, 1);
    stop();
  });

  it("sends a suggestion at once and keeps what was being written", async () => {
    const { store, calls, open, stop } = setup();
    await open();
    store.setDraft("cv_1", "写了一半");
    store.sendSuggestion("cv_1", suggestion);
    await settle();
    assert.equal(replies(calls)[0]?.body["text"], "今天送到");
    assert.equal(store.draft("cv_1").text, "写了一半");
    stop();
  });

  it("keeps a failed reply and sends it again under the same client id", async () => {
    const { store, calls, faults, open, detail, frame, stop } = setup();
    await open();
    faults.set("/replies", "network");
    store.setDraft("cv_1", "您好");
    store.send("cv_1");
    await settle();
    const [failed] = detail().pending;
    assert.equal(failed?.state, "failed");
    faults.clear();
    store.retry("cv_1", failed?.clientId ?? "");
    await settle();
    assert.equal(replies(calls)[0]?.body["client_id"], replies(calls)[1]?.body["client_id"]);
    frame({ type: "event", event: event(5, "message.sent", { id: "m5", text: "您好", client_id: failed?.clientId }, { kind: "agent", id: me.id }) });
    assert.equal(detail().pending.length, 0);
    stop();
  });

  it("sends replies in the order they were written", async () => {
    const { store, calls, open, stop } = setup();
    await open();
    for (const text of ["一", "二", "三"]) {
      store.setDraft("cv_1", text);
      store.send("cv_1");
    }
    await settle();
    assert.deepEqual(replies(calls).map((call) => call.body["text"]), ["一", "二", "三"]);
    stop();
  });

  it("tells who has a conversation that cannot be claimed, and reads it again", async () => {
    const { store, notices, faults, calls, open, stop } = setup();
    await open();
    faults.set("/claim", new Response('{"code":"conflict","detail":"这个会话已由 小王 接待"}', { status: 409 }));
    const before = calls.filter((call) => call.path === "/v1/desk/conversations/cv_1").length;
    assert.equal(await store.act("cv_1", "claim"), false);
    assert.deepEqual(notices, ["这个会话已由 小王 接待"]);
    assert.equal(calls.filter((call) => call.path === "/v1/desk/conversations/cv_1").length, before + 1);
    assert.equal(store.snapshot().busy.size, 0);
    stop();
  });

  it("does not let an old summary undo a newer one, and alerts once for each news", async () => {
    const { store, frame, open, alerts, stop } = setup();
    await open();
    frame({ type: "summary", summary: summary({ conversation: "cv_2", status: "queued", seq: 4 }) });
    frame({ type: "summary", summary: summary({ conversation: "cv_2", status: "queued", seq: 5 }) });
    assert.equal(alerts(), 1);
    frame({ type: "summary", summary: summary({ seq: 9, unread: 1 }) });
    frame({ type: "summary", summary: summary({ seq: 9, unread: 1 }) });
    assert.equal(alerts(), 2);
    frame({ type: "summary", summary: summary({ seq: 8, unread: 7 }) });
    assert.equal(store.snapshot().summaries.get("cv_1")?.unread, 1);
    stop();
  });

  it("goes back to the sign-in form when the session ends, and keeps drafts", async () => {
    const { store, faults, open } = setup();
    await open();
    store.setDraft("cv_1", "还没写完");
    faults.set("/notes", new Response('{"code":"unauthenticated","detail":"过期"}', { status: 401 }));
    assert.equal(await store.note("cv_1", "备注"), false);
    assert.equal(store.snapshot().phase, "signedOut");
    assert.equal(store.draft("cv_1").text, "还没写完");
  });

  it("shows a server that cannot be reached as such, not as a lost session", async () => {
    const { store, faults } = setup();
    faults.set("/me", "network");
    await store.check();
    assert.equal(store.snapshot().phase, "checking");
    assert.notEqual(store.snapshot().problem, "");
    faults.clear();
    await store.check();
    assert.equal(store.snapshot().phase, "ready");
    store.signedOut();
  });
});
