import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeskSocket, type SocketState, type Wire } from "../../desk/socket";
import type { ServerFrame } from "../../shared/types";
import { Clockwork } from "./clockwork";
import { event } from "./events";

class FakeWire implements Wire {
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readyState = 0;
  readonly sent: unknown[] = [];

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  receive(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
}

function setup() {
  const clock = new Clockwork();
  const wires: FakeWire[] = [];
  const frames: ServerFrame[] = [];
  const states: SocketState[] = [];
  const socket = new DeskSocket({
    url: "ws://desk", random: () => 1, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout,
    connect: () => {
      const wire = new FakeWire();
      wires.push(wire);
      return wire;
    },
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
  });
  const wire = () => {
    const last = wires.at(-1);
    assert.ok(last);
    return last;
  };
  return { clock, wires, wire, frames, states, socket };
}

describe("DeskSocket", () => {
  it("subscribes once it is open, and again from its cursor after a loss", () => {
    const { clock, wire, wires, socket, states } = setup();
    socket.start();
    socket.subscribe("cv_1", 4);
    assert.deepEqual(wire().sent, []);
    wire().open();
    assert.deepEqual(wire().sent, [{ type: "subscribe", conversation: "cv_1", after: 4 }]);
    wire().receive({ type: "event", event: event(9, "note.added", { text: "x" }) });
    wire().onclose?.();
    clock.advance(500);
    assert.equal(wires.length, 2);
    wire().open();
    assert.deepEqual(wire().sent, [{ type: "subscribe", conversation: "cv_1", after: 9 }]);
    assert.deepEqual(states, ["connecting", "open", "down", "connecting", "open"]);
  });

  it("forgets conversations that were left", () => {
    const { clock, wire, socket } = setup();
    socket.start();
    wire().open();
    socket.subscribe("cv_1", 0);
    socket.unsubscribe("cv_1");
    socket.unsubscribe("cv_2");
    assert.deepEqual(wire().sent.at(-1), { type: "unsubscribe", conversation: "cv_1" });
    wire().onclose?.();
    clock.advance(500);
    wire().open();
    assert.deepEqual(wire().sent, []);
  });

  it("gives up a line that answers no ping", () => {
    const { clock, wire, wires, socket } = setup();
    socket.start();
    wire().open();
    clock.advance(20_000);
    assert.deepEqual(wire().sent, [{ type: "ping" }]);
    wire().receive({ type: "pong" });
    clock.advance(29_000);
    assert.equal(wires.length, 1);
    clock.advance(2_000);
    assert.equal(wires.length, 2);
    assert.equal(wires[0]?.readyState, 3);
  });

  it("treats frames that are no JSON as a broken line", () => {
    const { clock, wire, wires, frames, socket } = setup();
    socket.start();
    wire().open();
    wire().receive("<html>");
    clock.advance(500);
    assert.equal(wires.length, 2);
    assert.equal(frames.length, 0);
  });

  it("connects at once when kicked, stays closed once stopped, and leaves no timer", () => {
    const { clock, wire, wires, socket } = setup();
    socket.start();
    wire().onclose?.();
    socket.kick();
    assert.equal(wires.length, 2);
    wire().open();
    socket.kick();
    assert.equal(wires.length, 2);
    socket.stop();
    socket.kick();
    clock.advance(120_000);
    assert.equal(wires.length, 2);
    assert.equal(clock.pending, 0);
  });
});
