import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Proposal } from "../../shared/types";
import { marked, Typeahead } from "../../widget/typeahead";

const proposal = (question: string): Proposal => ({ article: `a-${question}`, question, wording: question, marks: [[0, 1]] });
const quiet = () => new Promise((resolve) => setTimeout(resolve, 15));

/** A Typeahead with answers that wait until they are let go. */
function setup() {
  const asked: string[] = [];
  const waiting = new Map<string, (found: Proposal[]) => void>();
  const state = { online: true, changes: 0, aborted: [] as string[] };
  const typeahead: Typeahead = new Typeahead({
    ask: (text, signal) => {
      asked.push(text);
      return new Promise((resolve, reject) => {
        waiting.set(text, resolve);
        signal.addEventListener("abort", () => {
          state.aborted.push(text);
          reject(new Error("aborted"));
        });
      });
    },
    changed: () => state.changes++,
    online: () => state.online,
    pause: 5,
  });
  const answer = async (text: string, ...questions: string[]) => {
    waiting.get(text)?.(questions.map(proposal));
    await quiet();
  };
  return { typeahead, asked, state, answer, shown: () => typeahead.proposals.map((each) => each.question) };
}

describe("Typeahead", () => {
  it("asks once after the typing has paused", async () => {
    const { typeahead, asked, answer, shown } = setup();
    for (const text of ["运", "运费", " 运费 "]) typeahead.input(text);
    assert.deepEqual(asked, []);
    await quiet();
    assert.deepEqual(asked, ["运费"]);
    await answer("运费", "运费谁出", "运费险");
    assert.deepEqual(shown(), ["运费谁出", "运费险"]);
    typeahead.input("运费险");
    await quiet();
    typeahead.input("运费");
    await quiet();
    assert.deepEqual(asked, ["运费", "运费险"], "what was told before is not asked again");
    assert.deepEqual(shown(), ["运费谁出", "运费险"]);
  });

  it("drops an answer that comes too late", async () => {
    const { typeahead, state, answer, shown } = setup();
    typeahead.input("a");
    await quiet();
    typeahead.input("ab");
    await quiet();
    await answer("ab", "后问的");
    await answer("a", "先问的");
    assert.deepEqual(shown(), ["后问的"]);
    assert.deepEqual(state.aborted, ["a"]);
  });

  it("asks nothing during a composition, offline, or for what is no question yet", async () => {
    const { typeahead, asked, state } = setup();
    typeahead.compose(true);
    typeahead.input("yun fei");
    await quiet();
    state.online = false;
    typeahead.compose(false);
    await quiet();
    state.online = true;
    for (const text of ["", "两\n行", "长".repeat(33)]) {
      typeahead.input(text);
      await quiet();
    }
    assert.deepEqual(asked, []);
    typeahead.compose(true);
    typeahead.input("运费");
    typeahead.compose(false);
    await quiet();
    assert.deepEqual(asked, ["运费"]);
  });

  it("moves the choice round and forgets it with the list", async () => {
    const { typeahead, answer } = setup();
    typeahead.move(1);
    assert.equal(typeahead.active, -1);
    typeahead.input("问");
    await quiet();
    await answer("问", "一", "二");
    const places = [1, 1, 1, -1, -1].map((by) => {
      typeahead.move(by as 1 | -1);
      return typeahead.active;
    });
    assert.deepEqual(places, [0, 1, -1, 1, 0]);
    typeahead.dismiss();
    assert.equal(typeahead.proposals.length, 0);
    assert.equal(typeahead.active, -1);
  });

  it("proposes nothing when the server fails", async () => {
    const typeahead: Typeahead = new Typeahead({ ask: () => Promise.reject(new Error("down")), changed: () => assert.fail("nothing changed"), online: () => true, pause: 1 });
    typeahead.input("问");
    await quiet();
    assert.deepEqual(typeahead.proposals, []);
  });
});

describe("marked", () => {
  it("cuts a wording at code points", () => {
    const parts = marked({ article: "a", question: "😀运费谁出", wording: "😀运费谁出", marks: [[1, 3], [4, 5]] });
    assert.deepEqual(parts, [{ text: "😀", typed: false }, { text: "运费", typed: true }, { text: "谁", typed: false }, { text: "出", typed: true }]);
  });

  it("shows the question plainly when another wording matched", () => {
    assert.deepEqual(marked({ article: "a", question: "怎么退货", wording: "不想要了", marks: [[0, 2]] }), [{ text: "怎么退货", typed: false }]);
  });
});
