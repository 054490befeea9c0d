import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Item, Timeline } from "../../widget/timeline";
import { event } from "./events";

const visitor = { kind: "visitor" } as const;
const bot = { kind: "bot", name: "小栖" } as const;
const agent = { kind: "agent", id: "ag", name: "小林" } as const;
const shown = (timeline: Timeline) => timeline.items().map((item: Item) => (item.kind === "message" ? `${item.from}:${item.text}` : `→${item.to}`));

describe("Timeline", () => {
  it("shows the same once, whichever of answer and stream comes first", () => {
    const asked = event(3, "message.received", { id: "m1", text: "在吗", client_id: "c1" }, visitor);
    const replied = event(4, "message.sent", { id: "m2", text: "在的" }, bot);
    const viaAnswer = new Timeline();
    viaAnswer.addOutgoing("c1", "在吗", 0);
    viaAnswer.confirm("c1", { id: "m1", text: "在吗" }, [{ id: "m2", text: "在的" }], 0);
    viaAnswer.apply(asked, 0);
    viaAnswer.apply(replied, 0);
    const viaStream = new Timeline();
    viaStream.addOutgoing("c1", "在吗", 0);
    viaStream.apply(asked, 0);
    viaStream.apply(replied, 0);
    viaStream.confirm("c1", { id: "m1", text: "在吗" }, [{ id: "m2", text: "在的" }], 0);
    viaStream.apply(replied, 0);
    for (const timeline of [viaAnswer, viaStream]) {
      assert.deepEqual(shown(timeline), ["visitor:在吗", "bot:在的"]);
      assert.equal(timeline.items()[0]?.key, "c:c1");
      assert.equal(timeline.lastSeq, 4);
    }
  });

  it("orders by seq and keeps unsent messages at the end", () => {
    const timeline = new Timeline();
    timeline.addOutgoing("c9", "还没发出", 0);
    timeline.apply(event(6, "message.sent", { id: "b", text: "后" }, bot), 0);
    timeline.apply(event(5, "message.sent", { id: "a", text: "先" }, bot), 0);
    assert.deepEqual(shown(timeline), ["bot:先", "bot:后", "visitor:还没发出"]);
  });

  it("follows the status and says who joined, without noise at the start", () => {
    const timeline = new Timeline();
    timeline.apply(event(1, "conversation.started", { visitor: "v", channel: "web" }), 0);
    timeline.apply(event(2, "status.changed", { from: "new", to: "bot", owner: bot }), 0);
    assert.deepEqual(shown(timeline), []);
    timeline.apply(event(3, "status.changed", { from: "bot", to: "queued" }), 0);
    timeline.apply(event(4, "status.changed", { from: "queued", to: "human", owner: agent }), 0);
    assert.equal(timeline.status, "human");
    assert.equal(timeline.owner?.name, "小林");
    timeline.apply(event(5, "status.changed", { from: "human", to: "bot", owner: bot }), 0);
    timeline.apply(event(6, "status.changed", { from: "bot", to: "closed" }), 0);
    assert.deepEqual(shown(timeline), ["→queued", "→human", "→bot", "→closed"]);
    assert.equal(timeline.owner, undefined);
  });

  it("marks, removes and never unsends messages", () => {
    const timeline = new Timeline();
    const item = timeline.addOutgoing("c1", "一", 0);
    timeline.setDelivery("c1", "failed", "太长");
    assert.equal(item.error, "太长");
    timeline.setDelivery("c1", "sending");
    assert.equal(item.error, undefined);
    timeline.confirm("c1", { id: "m1", text: "一" }, [], 0);
    timeline.setDelivery("c1", "failed", "晚到的错误");
    assert.equal(item.delivery, "sent");
    timeline.remove("c1");
    assert.equal(timeline.items().length, 1);
    timeline.addOutgoing("c2", "二", 0);
    timeline.remove("c2");
    assert.equal(timeline.items().length, 1);
  });

  it("names people by the event's actor", () => {
    const timeline = new Timeline();
    timeline.apply(event(1, "message.sent", { id: "m", text: "您好" }, agent), 0);
    const [item] = timeline.items();
    assert.ok(item?.kind === "message" && item.from === "agent" && item.name === "小林");
  });
});
