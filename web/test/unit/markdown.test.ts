import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Block, type Inline, inlineText, parseInline, parseMarkdown, plainLine, safeImage, safeLink } from "../../shared/markdown";

const text = (v: string): Inline => ({ t: "text", v });

/** All links and pictures of a tree, and all its text. */
function walk(blocks: readonly Block[]): { targets: string[]; text: string } {
  const targets: string[] = [];
  const words: string[] = [];
  const inline = (nodes: readonly Inline[]) => {
    for (const node of nodes) {
      if (node.t === "link") targets.push(node.href);
      if (node.t === "image") targets.push(node.src);
      if ("c" in node) inline(node.c);
      else if ("v" in node) words.push(node.v);
    }
  };
  for (const block of blocks) {
    if (block.t === "quote") {
      const inner = walk(block.c);
      targets.push(...inner.targets);
      words.push(inner.text);
    } else if ("items" in block) block.items.forEach(inline);
    else if (block.t === "table") [block.head, ...block.rows].forEach((row) => row.forEach(inline));
    else if (block.t === "pre") words.push(block.v);
    else if ("c" in block) inline(block.c);
  }
  return { targets, text: words.join("") };
}

describe("parseMarkdown", () => {
  it("reads a shop's answer: paragraph, list, table, link", () => {
    const blocks = parseMarkdown("签收后 **7 天内**可以退：\n\n1. 打开订单\n2. 申请退货\n\n| 情况 | 运费 |\n|-|-|\n| 质量 | 我们 |\n\n见 [规则](https://example.com/a)。");
    assert.deepEqual(blocks, [
      { t: "p", c: [text("签收后 "), { t: "strong", c: [text("7 天内")] }, text("可以退：")] },
      { t: "ol", start: 1, items: [[text("打开订单")], [text("申请退货")]] },
      { t: "table", head: [[text("情况")], [text("运费")]], rows: [[[text("质量")], [text("我们")]]] },
      { t: "p", c: [text("见 "), { t: "link", href: "https://example.com/a", c: [text("规则")] }, text("。")] },
    ]);
  });

  it("keeps a list's number, wrapped items and both kinds of bullets", () => {
    assert.deepEqual(parseMarkdown("3. 三\n4. 四\n   接着"), [{ t: "ol", start: 3, items: [[text("三")], [text("四"), { t: "br" }, text("接着")]] }]);
    assert.deepEqual(parseMarkdown("- a\n* b\n• c"), [{ t: "ul", start: 1, items: [[text("a")], [text("b")], [text("c")]] }]);
  });

  it("does not take prices, dates and order numbers for lists", () => {
    for (const line of ["2.5 公斤以内", "2025.11.01 起", "59 元包邮"]) {
      assert.equal(parseMarkdown(line).at(0)?.t, "p", line);
    }
  });

  it("gives every table row as many cells as the head", () => {
    const [table] = parseMarkdown("a|b\n-|-\n1\n|\n1|2|3");
    assert.ok(table?.t === "table" || table?.t === "p");
    const [whole] = parseMarkdown("|a|b|\n|-|-|\n|1|\n|1|2|3|");
    assert.ok(whole?.t === "table");
    assert.deepEqual(whole.rows.map((row) => row.length), [2, 2]);
  });

  it("reads quotes, code and rules", () => {
    assert.deepEqual(parseMarkdown("> 引用\n\n```\n<b>\n```\n---"), [
      { t: "quote", c: [{ t: "p", c: [text("引用")] }] },
      { t: "pre", v: "<b>" },
      { t: "hr" },
    ]);
  });

  it("leaves HTML as text", () => {
    const source = '<img src=x onerror="alert(1)"><script>alert(1)</script>';
    assert.deepEqual(parseMarkdown(source), [{ t: "p", c: [text(source)] }]);
  });

  it("never yields a target that runs script", () => {
    const attacks = [
      "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html,<script>)", "[x](vbscript:x)", "![x](javascript:alert(1))",
      "![x](http://plain.example/a.png)", "[x](//evil.example)", "[x]( javascript:alert(1))", "[x](\tjavascript:1)", "[a](https://ok.example \"t\" onclick=1)",
      "> [x](javascript:alert(1))", "- **[x](javascript:1)**", "|[x](javascript:1)|b|\n|-|-|\n|c|d|",
    ];
    for (const attack of attacks) {
      for (const target of walk(parseMarkdown(attack)).targets) assert.match(target, /^(https?:\/\/|tel:|mailto:)/, attack);
    }
    assert.deepEqual(walk(parseMarkdown("[x](javascript:alert(1))")).targets, []);
  });

  it("loses no words, whatever comes in", () => {
    const marks = ["*", "**", "`", "[", "](", ")", "!", "~~", "\n", "> ", "- ", "1. ", "|", "#", "字", "a", "\\", "https://a.cn", "😀", " "];
    let seed = 7;
    const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
    for (let i = 0; i < 3000; i++) {
      const source = Array.from({ length: 1 + (next() % 14) }, () => marks[next() % marks.length]).join("");
      const letters = (s: string) => [...s].filter((c) => c === "字" || c === "😀").length;
      assert.equal(letters(walk(parseMarkdown(source)).text), letters(source), JSON.stringify(source));
    }
  });

  it("takes time in proportion to the text", () => {
    for (const unit of ["[", "*a", "**", "`", "![", "[a](", "> ", "~~a", "|", "https://"]) {
      const from = performance.now();
      parseMarkdown(unit.repeat(20_000));
      assert.ok(performance.now() - from < 1500, `${unit} repeated took ${Math.round(performance.now() - from)} ms`);
    }
  });
});

describe("parseInline", () => {
  it("joins marks", () => {
    assert.deepEqual(parseInline("**粗*斜*** ~~删~~ `码`").at(0)?.t, "strong");
    assert.equal(inlineText(parseInline("**粗** ~~删~~ `码` [链](https://a.cn)")), "粗 删 码 链");
  });

  it("ends a bare link before Chinese punctuation", () => {
    assert.deepEqual(parseInline("看https://a.cn/b?c=1，谢谢"), [text("看"), { t: "link", href: "https://a.cn/b?c=1", c: [text("https://a.cn/b?c=1")] }, text("，谢谢")]);
    assert.equal(parseInline("(https://a.cn/b).").find((node) => node.t === "link")?.t, "link");
  });

  it("keeps lone marks and escaped ones as text", () => {
    assert.equal(inlineText(parseInline("5 * 3 * 2 = 30")), "5 * 3 * 2 = 30");
    assert.deepEqual(parseInline("\\*不斜\\*"), [text("*不斜*")]);
  });
});

describe("plainLine", () => {
  it("keeps the words of every kind of block and none of the marks", () => {
    assert.equal(plainLine("签收后 **7 天**：\n\n1. 一\n2. 二\n\n|a|b|\n|-|-|\n|c|d|\n\n> 引\n\n---\n```\n码\n```"), "签收后 7 天： 一 二 a b c d 引 码");
  });
});

describe("safe targets", () => {
  it("lets in web, phone and mail addresses only", () => {
    for (const href of ["https://a.cn", "http://a.cn/x", "tel:400-820-5178", "mailto:a@b.cn"]) assert.ok(safeLink(href), href);
    for (const href of ["", "javascript:1", " https://a.cn", "//a.cn", "https:///", "data:x", "file:///etc", "/relative"]) assert.ok(!safeLink(href), href);
    assert.ok(safeImage("https://a.cn/x.png"));
    assert.ok(!safeImage("http://a.cn/x.png") && !safeImage("data:image/svg+xml,<svg>"));
  });
});
