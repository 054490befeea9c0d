import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { backoff } from "../../shared/backoff";
import { EventStream, type StreamState } from "../../shared/stream";
import type { Event } from "../../shared/types";
import { Clockwork, settle } from "./clockwork";
import { event, FakeSource } from "./events";

function setup(alive?: () => Promise<boolean>) {
  const clock = new Clockwork();
  const sources: FakeSource[] = [];
  const got: Event[] = [];
  const states: StreamState[] = [];
  const ephemeral: unknown[] = [];
  const stream = new EventStream({
    url: (after) => `/events?after=${after}`,
    after: 3,
    types: ["message.sent", "status.changed"],
    ephemeral: ["typing"],
    connect: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    onEvent: (one) => got.push(one),
    onEphemeral: (_, data) => ephemeral.push(data),
    onState: (state) => states.push(state),
    random: () => 1,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    ...(alive ? { alive } : {}),
  });
  return { clock, sources, got, states, ephemeral, stream };
}

const sent = (seq: number) => event(seq, "message.sent", { id: `m${seq}`, text: "好" });

describe("EventStream", () => {
  it("resumes after the last event it saw, not after the first URL's cursor", () => {
    const { clock, sources, got, stream } = setup();
    stream.start();
    assert.equal(sources[0]?.url, "/events?after=3");
    sources[0]?.emit("open");
    sources[0]?.deliver(sent(4));
    sources[0]?.deliver(sent(7));
    sources[0]?.emit("error");
    clock.advance(500);
    assert.equal(sources[1]?.url, "/events?after=7");
    sources[1]?.deliver(sent(8));
    assert.deepEqual(got.map((one) => one.seq), [4, 7, 8]);
  });

  it("drops events it knows and frames it cannot read", () => {
    const { sources, got, stream } = setup();
    stream.start();
    sources[0]?.deliver(sent(2));
    sources[0]?.deliver(sent(5));
    sources[0]?.deliver(sent(5));
    sources[0]?.emit("message.sent", '{"seq": 6, "cut');
    sources[0]?.emit("message.sent");
    assert.deepEqual(got.map((one) => one.seq), [5]);
    assert.equal(stream.cursor, 5);
  });

  it("waits longer after each failure and starts over once it was open", () => {
    const { clock, sources, states, stream } = setup();
    stream.start();
    for (const wait of [500, 1000, 2000, 4000]) {
      sources.at(-1)?.emit("error");
      const before = sources.length;
      clock.advance(wait - 1);
      assert.equal(sources.length, before, `reconnected before ${wait} ms`);
      clock.advance(1);
      assert.equal(sources.length, before + 1, `did not reconnect after ${wait} ms`);
    }
    sources.at(-1)?.emit("open");
    sources.at(-1)?.emit("error");
    clock.advance(500);
    assert.equal(sources.length, 6);
    assert.deepEqual(states.slice(0, 3), ["connecting", "down", "connecting"]);
  });

  it("asks whether the conversation still exists from the second failure on, and stops when it does not", async () => {
    let asked = 0;
    const { clock, sources, stream } = setup(() => {
      asked++;
      return Promise.resolve(asked < 2);
    });
    stream.start();
    sources[0]?.emit("error");
    await settle();
    assert.equal(asked, 0);
    clock.advance(500);
    sources[1]?.emit("error");
    await settle();
    clock.advance(1000);
    assert.equal(asked, 1);
    sources[2]?.emit("error");
    await settle();
    clock.advance(60_000);
    assert.equal(asked, 2);
    assert.equal(sources.length, 3);
    assert.equal(clock.pending, 0);
  });

  it("closes each source it leaves and hears nothing from it", () => {
    const { sources, got, stream } = setup();
    stream.start();
    stream.kick();
    assert.ok(sources[0]?.closed);
    sources[0]?.deliver(sent(9));
    assert.equal(got.length, 0);
    stream.stop();
    assert.ok(sources[1]?.closed);
    stream.kick();
    assert.equal(sources.length, 2);
  });

  it("starts again after a stop, and skips what arrived by another way", () => {
    const { sources, got, stream } = setup();
    stream.start();
    stream.stop();
    stream.advance(11);
    stream.advance(4);
    stream.start();
    assert.equal(sources[1]?.url, "/events?after=11");
    sources[1]?.deliver(sent(11));
    assert.equal(got.length, 0);
  });

  it("hands on ephemeral events without moving the cursor", () => {
    const { sources, ephemeral, stream } = setup();
    stream.start();
    sources[0]?.emit("typing", { text: "" });
    assert.deepEqual(ephemeral, [{ text: "" }]);
    assert.equal(stream.cursor, 3);
  });
});

describe("backoff", () => {
  it("doubles from half a second to fifteen, of which half is chance", () => {
    assert.deepEqual([0, 1, 2, 5, 9, 99].map((n) => backoff(n, () => 1)), [500, 1000, 2000, 15_000, 15_000, 15_000]);
    assert.equal(backoff(0, () => 0), 250);
  });
});
