import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bodyOf, formOf, signsOf } from "../../console/articles/draft";
import { sampled } from "../../console/articles/slots";
import { differ, lines } from "../../console/parts/differ";
import { pointFor, thinned } from "../../console/risk/curve";
import { weighed } from "../../console/risk/evidence";
import { readJudged } from "../../console/risk/judged";
import { pieces } from "../../console/risk/pieces";
import type { FullArticle, RiskPoint } from "../../console/types";

const article: FullArticle = {
  id: "a1", question: "怎么退货", similar: ["能退吗"], answer: "七天内可退。", category: "售后", version: 3, valid_from: "2026-11-01T00:00:00.000Z", answer_at: 0.8, owner: "陈老师", review: "review",
  variants: [{ channels: ["app"], valid_until: "2026-11-12T00:00:00.000Z", answer: "活动期间 15 天内可退。" }], blocks: [{ kind: "link", title: "退货页", url: "https://shop.example/return" }], attachments: [{ name: "说明", url: "https://shop.example/a.pdf" }],
};

describe("the editor's form", () => {
  it("gives back what it was made of, without what the server says", () => {
    assert.deepEqual({ ...bodyOf(formOf(article)), id: "a1", version: 3 }, article);
  });

  it("trims, and leaves out wordings that are empty, repeated or the question", () => {
    const form = { ...formOf(null), question: " 问？ ", similar: "甲\n\n 甲 \n问？\n乙", answer: " 答 " };
    assert.deepEqual(bodyOf(form), { question: "问？", similar: ["甲", "乙"], answer: "答", category: "" });
  });

  it("leaves a time out that cannot be read", () => {
    assert.equal("valid_until" in bodyOf({ ...formOf(article), until: "gestern" }), false);
  });
});

describe("the signs of an article", () => {
  it("tell drafts, review, expiry and variants", () => {
    assert.deepEqual(signsOf(article, new Set(["a1"]), Date.UTC(2026, 10, 22)), ["draft", "review", "variants"]);
    assert.deepEqual(signsOf({ ...article, variants: [], review: "approved", valid_until: "2026-11-22T00:00:00Z" }, new Set(), Date.UTC(2026, 10, 22)), ["expired"]);
  });
});

describe("slots in a preview", () => {
  it("are filled where a sample is known and stay where not", () => {
    assert.equal(sampled("{{ order.status }}，{{made.up}}，{{"), "已发货，{{made.up}}，{{");
  });
});

describe("differences", () => {
  it("of equal articles are none, of a new one all that it says", () => {
    assert.deepEqual(differ(article, { ...article, version: 9 }), []);
    assert.deepEqual(differ(null, { id: "x", question: "问", answer: "答" }), [{ field: "question", from: "", to: "问" }, { field: "answer", lines: [{ op: "add", text: "答" }] }]);
  });

  it("name wordings that came and went", () => {
    assert.deepEqual(differ(article, { ...article, similar: ["退货流程"] }), [{ field: "similar", added: ["退货流程"], removed: ["能退吗"] }]);
  });

  it("go line by line, and their sides are the two texts", () => {
    const cases = [["", "甲"], ["甲\n乙\n丙", "甲\n丁\n丙\n戊"], ["甲\n\n乙", "乙\n\n甲"], ["甲", ""]] as const;
    for (const [from, to] of cases) {
      const found = lines(from, to);
      const side = (without: string) => found.filter((line) => line.op !== without).map((line) => line.text).join("\n");
      assert.equal(side("add"), from);
      assert.equal(side("remove"), to);
    }
    assert.deepEqual(lines("甲\n乙", "甲\n丙").map((line) => line.op), ["same", "remove", "add"]);
  });
});

describe("the risk curve", () => {
  const point = (threshold: number, bound: number): RiskPoint => ({ threshold, bound, coverage: 1 - threshold, wrong_share: bound / 2, answered: 10 });
  it("gives the lowest threshold that keeps to the share, or none", () => {
    const points = [point(0.9, 0.2), point(0.8, 0.04), point(0.6, 0.05), point(0.4, 0.3)];
    assert.equal(pointFor(points, 0.05)?.threshold, 0.6);
    assert.equal(pointFor(points, 0.01), null);
    assert.equal(pointFor([], 0.5), null);
  });
  it("is thinned to its ends and some between", () => {
    assert.deepEqual(thinned([1, 2, 3], 5), [1, 2, 3]);
    assert.deepEqual(thinned(Array.from({ length: 101 }, (_, i) => i), 3), [0, 50, 100]);
  });
});

describe("judged questions", () => {
  it("are read from JSON Lines", () => {
    assert.deepEqual(readJudged('\ufeff{"query":"能退吗","kb_ids":["d1","d2"]}\n\n{"query":"今天天气","kb_ids":[]}\r\n'), [{ query: "能退吗", article_ids: ["d1", "d2"] }, { query: "今天天气", article_ids: [] }]);
  });
  it("are read from CSV with quotes, a question on two lines having two ids", () => {
    assert.deepEqual(readJudged('问题,条目编号\n"能退吗，""急""",d1\n"能退吗，""急""",d2\n今天天气\n'), [{ query: '能退吗，"急"', article_ids: ["d1", "d2"] }, { query: "今天天气", article_ids: [] }]);
  });
  it("say which line is wrong", () => {
    assert.throws(() => readJudged('{"query":"能退吗","kb_ids":["d1"]}\n{"query":""}'), /第 2 行/);
    assert.throws(() => readJudged("能退吗,d1\n,d2"), /第 2 行/);
  });
});

describe("an explanation's parts", () => {
  it("are summed by what they speak of, and those that cancel are left out", () => {
    const part = (feature: string, log_odds: number) => ({ feature, value: 1, log_odds });
    assert.deepEqual(weighed([part("cosine", 1), part("adapted", 0.5), part("none_short", -2), part("words", 0.3), part("grams", -0.29), part("new_feature", 0.1)]), [
      { kind: "query", logOdds: -2 }, { kind: "meaning", logOdds: 1.5 }, { kind: "other", logOdds: 0.1 },
    ]);
  });
});

describe("pieces", () => {
  it("cut a text at its entities, by code points, overlaps left out", () => {
    assert.deepEqual(pieces("😤到上海了", [{ start: 2, end: 4 }, { start: 3, end: 5 }]), [{ text: "😤到", entity: null }, { text: "上海", entity: { start: 2, end: 4 } }, { text: "了", entity: null }]);
  });
});
