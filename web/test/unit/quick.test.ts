import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeskApi } from "../../desk/api";
import { blanksOf, inserted, matching, nextBlank, type QuickReply, slashAt, withAttachments } from "../../desk/quick";
import { QuickBook } from "../../desk/quickbook";
import { Http } from "../../shared/http";
import { settle } from "./clockwork";

function reply(change: Partial<QuickReply>): QuickReply {
  return { id: "qr", scope: "bot", title: "标题", text: "内容", filled: "内容", missing: [], uses: 0, score: 0, keys: [], editable: false, ...change };
}

describe("quick replies", () => {
  it("open with a slash at the beginning, after a blank or after punctuation, and nowhere else", () => {
    const cases: [string, ReturnType<typeof slashAt>][] = [
      ["/", { from: 0, query: "" }], ["/tk", { from: 0, query: "tk" }], ["您好 /退", { from: 3, query: "退" }], ["好的，/t", { from: 3, query: "t" }],
      ["1/2", null], ["https://a", null], ["/tk 退款", null], ["", null], ["退款", null], ["//", null], [`/${"a".repeat(21)}`, null],
    ];
    for (const [text, want] of cases) assert.deepEqual(slashAt(text, text.length), want, text);
    assert.deepEqual(slashAt("/tk后面", 3), { from: 0, query: "tk" });
  });

  it("are found by shortcut, title, sound, folder and text, the closest first", () => {
    const list = [
      reply({ id: "1", title: "发货", text: "tk 也在正文里" }), reply({ id: "2", title: "退款话术", shortcut: "tk", keys: ["tuikuanhuashu", "tkhs"] }),
      reply({ id: "3", title: "Tk 指南" }), reply({ id: "4", title: "特快", shortcut: "tkd" }), reply({ id: "5", title: "物流", folder: "退换" }),
    ];
    const found = (query: string) => matching(list, query).map((one) => one.id).join("");
    assert.equal(found(""), "12345");
    assert.equal(found("tk"), "2431");
    assert.equal(found("ＴＫ"), "2431");
    assert.equal(found("tuik"), "2");
    assert.equal(found("退"), "25");
    assert.equal(found("没有"), "");
  });

  it("replace the slash and select the first slot that is left", () => {
    assert.deepEqual(inserted("您好 /tk。", 3, 6, "退款三天到账"), { text: "您好 退款三天到账。", start: 9, end: 9 });
    assert.deepEqual(inserted("/sd", 0, 3, "预计{{parcel.eta}}到"), { text: "预计{{parcel.eta}}到", start: 2, end: 16 });
    assert.equal(withAttachments(reply({ attachments: [{ name: "指南", url: "https://a.example/1" }, { name: "", url: "https://a.example/2" }] })), "内容\n指南：https://a.example/1\nhttps://a.example/2");
  });

  it("know the slots that nobody filled", () => {
    assert.deepEqual(blanksOf("{{a.b}} {{ c.d }} {{a.b}} {a} {{甲}}"), ["{{a.b}}", "{{ c.d }}"]);
    assert.deepEqual(nextBlank("{{a}}，{{b}}", 5), { start: 6, end: 11 });
    assert.deepEqual(nextBlank("{{a}}，{{b}}", 11), { start: 0, end: 5 });
    assert.equal(nextBlank("没有", 0), null);
  });
});

describe("QuickBook", () => {
  function setup() {
    const calls: string[] = [];
    const notices: string[] = [];
    let answer: () => Response = () => new Response(JSON.stringify({ quick_replies: [reply({ id: "qr_1" })] }));
    const book = new QuickBook(new DeskApi(new Http({ base: "", fetch: (input, init) => {
      calls.push(`${init?.method} ${input as string}`);
      return Promise.resolve((init?.method ?? "GET") === "GET" ? answer() : new Response(null, { status: 204 }));
    } })), (text) => notices.push(text));
    return { book, calls, notices, answers: (next: () => Response) => { answer = next; } };
  }

  it("goes from loading to ready, and keeps what it has while it reads again", async () => {
    const { book, answers } = setup();
    const phases: string[] = [];
    book.subscribe(() => phases.push(book.snapshot().get("cv_1")?.phase ?? ""));
    await book.load("cv_1");
    await book.load("cv_1", "退款");
    assert.deepEqual(phases, ["loading", "ready", "ready"]);
    answers(() => new Response(JSON.stringify({ detail: "数据库忙" }), { status: 503 }));
    await book.load("cv_1");
    const shelf = book.snapshot().get("cv_1");
    assert.deepEqual([shelf?.phase, shelf?.error, shelf?.list.length], ["error", "数据库忙", 1]);
  });

  it("counts what was sent, once, and nothing that was not", async () => {
    const { book, calls } = setup();
    book.drafted("cv_1", "qr_1");
    book.drafted("cv_1", "qr_1");
    book.drafted("cv_2", "qr_2");
    book.sent("cv_1");
    book.sent("cv_1");
    await settle();
    assert.deepEqual(calls, ["POST /v1/quick-replies/qr_1/used"]);
  });

  it("saves and removes through the server and reads again", async () => {
    const { book, calls } = setup();
    await book.save("cv_1", { scope: "agent", title: "a", text: "b" });
    await book.save("cv_1", { scope: "agent", title: "a", text: "b", version: 1 }, "qr_1");
    await book.remove("cv_1", "qr_1");
    const read = "GET /v1/desk/conversations/cv_1/quick-replies";
    assert.deepEqual(calls, ["POST /v1/quick-replies", read, "PUT /v1/quick-replies/qr_1", read, "DELETE /v1/quick-replies/qr_1", read]);
  });
});
