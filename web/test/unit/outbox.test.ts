import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiError } from "../../shared/http";
import type { SendResult } from "../../shared/types";
import { Outbox, type Outgoing } from "../../widget/outbox";
import { settle } from "./clockwork";

const offline = () => new ApiError(0, "network", "unreachable");

/** A server that keeps each client id once, and fails as a test tells it to. */
class Server {
  readonly kept: Outgoing[] = [];
  readonly posts: string[] = [];
  /** Faults of the next posts; "lost" keeps the message and loses the answer. */
  plan: (ApiError | "lost" | null)[] = [];

  post(message: Outgoing): Promise<SendResult> {
    this.posts.push(message.clientId);
    const fault = this.plan.shift() ?? null;
    if (fault instanceof ApiError) return Promise.reject(fault);
    if (!this.kept.some((known) => known.clientId === message.clientId)) this.kept.push(message);
    if (fault === "lost") return Promise.reject(offline());
    return Promise.resolve({ message: { id: `m_${message.clientId}`, text: message.text, client_id: message.clientId }, replies: [], status: "bot" });
  }
}

function setup() {
  const server = new Server();
  const log: string[] = [];
  const waits: number[] = [];
  let saved: readonly Outgoing[] = [];
  const outbox = new Outbox({
    post: (message) => server.post(message),
    onSending: (message) => log.push(`sending ${message.clientId}`),
    onSent: (message) => log.push(`sent ${message.clientId}`),
    onWaiting: (message) => log.push(`waiting ${message.clientId}`),
    onFailed: (message, error) => log.push(`failed ${message.clientId} ${error.status}`),
    onGone: () => log.push("gone"),
    save: (pending) => (saved = [...pending]),
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    random: () => 1,
  });
  return { server, log, waits, outbox, saved: () => saved.map((message) => message.clientId) };
}

const message = (clientId: string): Outgoing => ({ clientId, text: `text of ${clientId}`, at: 0 });

describe("Outbox", () => {
  it("sends one after the other, in order, and keeps nothing once all is sent", async () => {
    const { server, outbox, saved } = setup();
    outbox.add(message("a"));
    outbox.add(message("b"));
    assert.deepEqual(saved(), ["a", "b"]);
    await settle();
    assert.deepEqual(server.posts, ["a", "b"]);
    assert.deepEqual(saved(), []);
    assert.equal(outbox.sending, false);
  });

  it("repeats a message whose answer was lost under its client id, so that it counts once", async () => {
    const { server, log, waits, outbox } = setup();
    server.plan = ["lost", "lost"];
    outbox.add(message("a"));
    await settle();
    assert.deepEqual(server.posts, ["a", "a", "a"]);
    assert.deepEqual(server.kept.map((kept) => kept.clientId), ["a"]);
    assert.deepEqual(waits, [500, 1000]);
    assert.equal(log.at(-1), "sent a");
  });

  it("waits after three failures and goes on, in order, when the connection is back", async () => {
    const { server, log, outbox, saved } = setup();
    server.plan = [offline(), offline(), offline()];
    outbox.add(message("a"));
    await settle();
    outbox.add(message("b"));
    await settle();
    assert.deepEqual(log, ["sending a", "waiting a", "waiting b"]);
    assert.deepEqual(saved(), ["a", "b"]);
    outbox.flush();
    await settle();
    assert.deepEqual(server.kept.map((kept) => kept.clientId), ["a", "b"]);
  });

  it("waits as long as the server asks, but never silently for minutes", async () => {
    const { server, waits, log, outbox } = setup();
    server.plan = [new ApiError(429, "rate_limited", "slow down", 3)];
    outbox.add(message("a"));
    await settle();
    assert.deepEqual(waits, [3000]);
    assert.equal(log.at(-1), "sent a");
    server.plan = [new ApiError(503, "busy", "full", 120)];
    outbox.add(message("b"));
    await settle();
    assert.equal(log.at(-1), "waiting b");
  });

  it("sets a refused message aside, sends the next ones, and sends it again on request", async () => {
    const { server, log, outbox, saved } = setup();
    server.plan = [new ApiError(422, "invalid", "no")];
    outbox.add(message("a"));
    outbox.add(message("b"));
    await settle();
    assert.deepEqual(log, ["sending a", "failed a 422", "sending b", "sent b"]);
    assert.deepEqual(saved(), []);
    outbox.retry("a");
    await settle();
    assert.equal(log.at(-1), "sent a");
    outbox.retry("unknown");
    await settle();
    assert.equal(server.posts.length, 3);
  });

  it("stops when the conversation is gone, and hands back what was not sent", async () => {
    const { server, log, outbox } = setup();
    server.plan = [new ApiError(401, "unauthenticated", "expired")];
    outbox.add(message("a"));
    await settle();
    outbox.add(message("b"));
    await settle();
    assert.deepEqual(log, ["sending a", "waiting a", "gone", "waiting b"]);
    assert.deepEqual(outbox.close().map((left) => left.clientId), ["a", "b"]);
  });

  it("forgets a message that the visitor removes", async () => {
    const { server, outbox, saved } = setup();
    server.plan = [offline(), offline(), offline()];
    outbox.add(message("a"));
    await settle();
    outbox.add(message("b"));
    outbox.drop("a");
    assert.deepEqual(saved(), ["b"]);
    outbox.flush();
    await settle();
    assert.deepEqual(server.kept.map((kept) => kept.clientId), ["b"]);
  });
});
