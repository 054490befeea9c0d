import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiError, failureWords, Http } from "../../shared/http";
import { randomId } from "../../shared/ids";

function http(answer: (url: string, init: RequestInit) => Response | Promise<Response>, more: Partial<ConstructorParameters<typeof Http>[0]> = {}) {
  return new Http({ base: "https://shop.example", fetch: ((url: string, init: RequestInit) => Promise.resolve(answer(url, init))) as typeof fetch, ...more });
}

async function failure(run: Promise<unknown>): Promise<ApiError> {
  try {
    await run;
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the request did not fail" });
}

describe("Http", () => {
  it("sends JSON, token, key and query", async () => {
    let seen: { url: string; init: RequestInit } | undefined;
    const api = http((url, init) => {
      seen = { url, init };
      return new Response('{"ok":true}');
    }, { token: () => "tok" });
    assert.deepEqual(await api.post("/v1/x", { a: "中" }, { idempotencyKey: "k", query: { q: "退货", empty: "", none: undefined, n: 0 } }), { ok: true });
    assert.equal(seen?.url, "https://shop.example/v1/x?q=%E9%80%80%E8%B4%A7&n=0");
    const headers = seen?.init.headers as Record<string, string>;
    assert.equal(headers["Authorization"], "Bearer tok");
    assert.equal(headers["Idempotency-Key"], "k");
    assert.equal(seen?.init.body, '{"a":"中"}');
  });

  it("reads an answer without a body as undefined", async () => {
    assert.equal(await http(() => new Response(null, { status: 204 })).post("/x"), undefined);
  });

  it("tells a problem's code, words and waiting time", async () => {
    const error = await failure(http(() => new Response('{"code":"busy","detail":"排队已满"}', { status: 503, headers: { "Retry-After": "7" } })).get("/x"));
    assert.deepEqual([error.status, error.code, error.message, error.retryAfter, error.transient], [503, "busy", "排队已满", 7, true]);
  });

  it("survives a proxy's HTML page", async () => {
    const error = await failure(http(() => new Response("<html>Bad gateway</html>", { status: 502 })).get("/x"));
    assert.deepEqual([error.status, error.code, error.message], [502, "http_502", "HTTP 502"]);
    const odd = await failure(http(() => new Response("<html>", { status: 200 })).get("/x"));
    assert.equal(odd.code, "bad_answer");
  });

  it("tells no connection from no answer in time, in the page's language", async () => {
    const down = await failure(http(() => Promise.reject(new TypeError("fetch failed")), { words: failureWords.zh }).get("/x"));
    assert.deepEqual([down.status, down.code, down.message], [0, "network", failureWords.zh.network]);
    const slow = await failure(
      http((_, init) => new Promise((_resolve, reject) => init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")))), { timeoutMs: 5 }).get("/x"),
    );
    assert.equal(slow.code, "timeout");
  });

  it("lets the caller's own abort through", async () => {
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(
      http((_, init) => (init.signal?.aborted ? Promise.reject(new DOMException("aborted", "AbortError")) : new Response("{}"))).get("/x", { signal: stop.signal }),
      { name: "AbortError" },
    );
  });

  it("reports a lost session", async () => {
    let lost = 0;
    await failure(http(() => new Response("{}", { status: 401 }), { onUnauthenticated: () => lost++ }).get("/x"));
    assert.equal(lost, 1);
  });

  it("counts only what may succeed later as transient", () => {
    const transient = (status: number) => new ApiError(status, "", "").transient;
    assert.deepEqual([0, 408, 429, 500, 503].map(transient), [true, true, true, true, true]);
    assert.deepEqual([400, 401, 404, 409, 412, 422].map(transient), [false, false, false, false, false, false]);
  });
});

describe("randomId", () => {
  it("has 128 bits and does not repeat", () => {
    const ids = new Set(Array.from({ length: 1000 }, () => randomId("m_")));
    assert.equal(ids.size, 1000);
    for (const id of ids) assert.match(id, /^m_[0-9a-f]{32}$/);
  });
});
