import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { entriesOf, handoffReason, isDetail, shownOf, trendOf } from "../../desk/entries";
import { customerName, listOf, tabOf, urgency } from "../../desk/lists";
import { applyEvent, emptyDetail, loadedDetail, mergeEvents } from "../../desk/state";
import type { ConversationDetail, Status, Summary } from "../../shared/types";
import { event } from "./events";

const row = (conversation: string, status: Status, change: Partial<Summary> = {}): Summary => ({
  bot: "demo", conversation, visitor: "vis_12345", channel: "web", status, last_text: "", last_from: "visitor", unread: 0,
  started_at: "2025-03-01T08:00:00Z", updated_at: "2025-03-01T08:00:00Z", seq: 1, ...change,
});

describe("lists", () => {
  it("put the longest waiting first, unread ones of mine first, others newest first", () => {
    const rows = [
      row("q1", "queued", { queued_at: "2025-03-01T08:05:00Z" }),
      row("q2", "queued", { queued_at: "2025-03-01T08:01:00Z" }),
      row("m1", "human", { owner: "me", updated_at: "2025-03-01T09:00:00Z" }),
      row("m2", "human", { owner: "me", unread: 2 }),
      row("o1", "human", { owner: "other" }),
      row("b1", "bot"),
      row("b2", "bot", { updated_at: "2025-03-01T09:00:00Z" }),
      row("n1", "new"),
      row("c1", "closed"),
    ];
    const ids = (tab: "queued" | "mine" | "bot" | "closed") => listOf(rows, tab, "me").map((summary) => summary.conversation);
    assert.deepEqual([ids("queued"), ids("mine"), ids("bot"), ids("closed")], [["q2", "q1"], ["m2", "m1"], ["b2", "b1"], ["c1"]]);
    assert.equal(tabOf(row("o1", "human", { owner: "other" }), "me"), null);
  });

  it("name customers and grade waits", () => {
    assert.equal(customerName(row("a", "bot", { customer: "c1001" }), "访客"), "c1001");
    assert.equal(customerName(row("a", "bot"), "访客"), "访客 2345");
    assert.deepEqual([0, 60_000, 180_000].map(urgency), ["calm", "due", "long"]);
  });
});

const sentiment = (label: string) => ({ label, score: 0.9, scores: { negative: 0, neutral: 0, positive: 0 } });
const history = [
  event(1, "conversation.started", { visitor: "v", channel: "web" }),
  event(2, "status.changed", { from: "new", to: "bot" }),
  event(3, "message.received", { id: "m1", text: "怎么退货" }, { kind: "visitor" }),
  event(4, "message.analyzed", { message: "m1", intents: [{ name: "return_policy", confidence: 0.9 }], sentiment: sentiment("negative"), candidates: [{ article: "d1", question: "七天无理由？", score: 0.9, band: "answer" }] }),
  event(5, "slot.filled", { flow: "f", name: "number", value: "SF1" }),
  event(6, "action.returned", { call: "c", action: "parcel.track", fault: "timeout", took_ns: 2_000_000, message: "超时" }),
  event(7, "message.sent", { id: "m2", text: "**可以**", markdown: true, articles: ["d1", "d9"], buttons: [{ title: "好", text: "好的" }] }, { kind: "bot", name: "小栖" }),
  event(8, "handoff.requested", { reason: "anger", packet: { summary: "客户不满" } }, { kind: "bot" }),
  event(9, "status.changed", { from: "bot", to: "queued" }),
  event(10, "note.added", { text: "优先" }, { kind: "agent", name: "小林" }),
  event(11, "flow.moved", { flow: "f" }),
];

describe("entries", () => {
  it("join analyses to their messages and leave bookkeeping out", () => {
    const entries = entriesOf(history);
    assert.deepEqual(entries.map((entry) => entry.kind), ["message", "slot", "action", "message", "handoff", "status", "note"]);
    const [first] = entries;
    assert.ok(first?.kind === "message");
    assert.deepEqual([first.from, first.intent?.name, first.sentiment], ["visitor", "return_policy", "negative"]);
    assert.deepEqual(entries.filter(isDetail).map((entry) => entry.kind), ["slot", "action"]);
  });

  it("give mood, answers shown and the reason", () => {
    assert.deepEqual(trendOf(history), ["negative"]);
    assert.deepEqual(shownOf(history), [{ article: "d1", question: "七天无理由？" }, { article: "d9", question: "d9" }]);
    assert.equal(handoffReason(history), "anger");
    assert.equal(handoffReason([]), "");
  });
});

describe("details", () => {
  const data = { summary: row("cv_1", "bot"), status: "bot", owner: { kind: "bot" }, events: history, packet: { summary: "s", suggestions: [{ id: "p", title: "", text: "x", source: "phrase", score: 1 }] } } as ConversationDetail;

  it("merge events by seq and keep the array when nothing is new", () => {
    assert.equal(mergeEvents(history, history.slice(2)), history);
    assert.deepEqual(mergeEvents(history.slice(3), history.slice(0, 4)).map((one) => one.seq), history.map((one) => one.seq));
  });

  it("offer the packet's suggestions until others come", () => {
    const detail = loadedDetail(data, emptyDetail());
    assert.deepEqual(detail.suggestions.map((offered) => offered.id), ["p"]);
    const next = applyEvent(detail, event(12, "suggestions.shown", { message: "m", suggestions: [{ id: "q", title: "", text: "y", source: "article", score: 1 }] }));
    assert.deepEqual(next.suggestions.map((offered) => offered.id), ["q"]);
  });

  it("follow owner and status", () => {
    const detail = applyEvent(loadedDetail(data, emptyDetail()), event(12, "status.changed", { from: "queued", to: "human", owner: { kind: "agent", id: "ag", name: "小林" } }));
    assert.deepEqual([detail.data?.status, detail.owner.id, detail.owner.name], ["human", "ag", "小林"]);
    assert.equal(applyEvent(detail, event(12, "status.changed", { from: "human", to: "bot" })), detail);
  });
});
