import assert from "node:assert/strict";
import { after, afterEach, before, describe, it, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { signIn, Site } from "./site";

let site: Site;
before(async () => {
  site = await Site.start();
});
afterEach(() => site.clear());
after(() => site.stop());

/** The parcel that a message names. */
const parcel = process.env["YINGDA_PARCEL"] ?? "SF1234567890123";

/** The workshop at a place, signed in; null, and the test skipped, on the mock, which has no knowledge base to change. */
async function workshop(test: TestContext, place: string, width = 1440): Promise<Page | null> {
  if (site.mock) {
    test.skip("needs a server: set YINGDA_URL, or run scripts/e2e.sh");
    return null;
  }
  const page = await site.page(width);
  await page.goto(`${site.base}/console/#/${place}`);
  await signIn(page, site.trainer, site.password);
  await page.waitForSelector(".views");
  return page;
}

/** A text in GBK, as spreadsheets on Chinese Windows save it. */
function gbk(text: string): Buffer {
  const codes = new Map<string, number[]>();
  const decoder = new TextDecoder("gbk");
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const char = decoder.decode(new Uint8Array([lead, trail]));
      if (trail !== 0x7f && char.length === 1 && char !== "\ufffd") codes.set(char, [lead, trail]);
    }
  }
  return Buffer.from([...text].flatMap((char) => (char.charCodeAt(0) < 128 ? [char.charCodeAt(0)] : (codes.get(char) ?? assert.fail(`${char} is not in GBK`)))));
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.locator(`.ant-select[aria-label^="${label}："], .ant-select:has([aria-label^="${label}："])`).first().click();
  await page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option", { hasText: new RegExp(`^${option}$`) }).last().click();
}

describe("console", () => {
  it("imports a GBK table with strange headings to the end, and takes it back", async (test) => {
    const page = await workshop(test, "import");
    if (!page) return;
    const mark = `编号${Date.now() % 1_000_000}`;
    const table = `甲,乙,分类\n${mark}的杯子能进微波炉吗,可以，请先取下杯盖。,测试\n${mark}的杯子有几种颜色,有白、灰、墨绿三种。,测试\n${mark}的杯子保修多久,,测试\n`;
    await page.setInputFiles("input[type=file]", { name: "售后.csv", mimeType: "text/csv", buffer: gbk(table.replace("可以，请", "\"可以，请").replace("杯盖。,", "杯盖。\",")) });
    await page.waitForSelector(".mapping .bad");
    await choose(page, "甲", "问题");
    await choose(page, "乙", "答案");
    await page.waitForSelector(".mapping .good");
    await page.click("[data-action=check]");
    await page.waitForSelector("[data-action=apply]", { timeout: 60_000 });
    const report = await page.locator(".report").innerText();
    assert.match(report, /GB/, "the encoding is said");
    assert.match(report, /第 4 行/, "the row without an answer is reported");
    assert.ok((await page.locator(".report .ant-table-row, .report .card").count()) >= 1);
    await page.click("[data-action=apply]");
    await page.waitForSelector(".ant-result-success", { timeout: 60_000 });
    assert.match(await page.locator(".ant-result-title").innerText(), /已导入 2 条/);
    await page.click("[data-action=undo]");
    await page.waitForSelector(".taken-back li");
    await page.click(".ant-modal .ant-btn-dangerous");
    await page.waitForSelector(".timeline-list .marked-row");
    await page.goto(`${site.base}/console/#/articles`);
    await page.fill(".bar input", mark);
    await page.waitForSelector(".nothing");
  });

  it("saves a draft that changes nothing yet, publishes it, and rolls the base back", async (test) => {
    const page = await workshop(test, "articles");
    if (!page) return;
    const mark = `每天${Date.now() % 1_000_000}`;
    await page.locator(".openable").first().click();
    const before = await page.locator("#answer").inputValue();
    const question = await page.locator("#question").inputValue();
    await page.fill("#answer", `${before}\n${mark}更新。`);
    await page.locator(".phone .bubble.preview", { hasText: mark }).waitFor();
    await page.click("[data-action=draft]");
    await page.waitForSelector(".editor", { state: "detached" });
    await page.fill(".bar input", mark);
    await page.waitForSelector(".nothing");

    await page.goto(`${site.base}/console/#/publish`);
    const draft = page.locator(".drafts > li", { hasText: question });
    await draft.locator("ins", { hasText: mark }).waitFor();
    await page.fill(".note input, input.note", "浏览器测试");
    await page.locator(".bar [data-action=publish]").click();
    await page.waitForSelector(".drafts", { state: "detached" });
    await page.goto(`${site.base}/console/#/articles`);
    await page.fill(".bar input", mark);
    await page.locator(".openable", { hasText: question }).first().waitFor();

    await page.goto(`${site.base}/console/#/publish/history`);
    await page.locator(".timeline-list li", { hasText: "浏览器测试" }).first().waitFor();
    await page.locator(".timeline-list li >> nth=1").locator("button").click();
    await page.locator(".taken-back li", { hasText: "浏览器测试" }).waitFor();
    await page.click(".ant-modal .ant-btn-dangerous");
    await page.waitForSelector(".timeline-list .marked-row");
    await page.goto(`${site.base}/console/#/articles`);
    await page.fill(".bar input", mark);
    await page.waitForSelector(".nothing");

    // The edition that was rolled back can come back as a draft.
    await page.fill(".bar input", question);
    await page.locator(".openable", { hasText: question }).first().click();
    await page.click("[data-action=history]");
    await page.locator(".timeline-list li", { hasText: "浏览器测试" }).locator("[data-action=restore]").click();
    await page.click(".ant-popconfirm-buttons .ant-btn-primary");
    await page.waitForFunction((text) => document.querySelector<HTMLTextAreaElement>("#answer")?.value.includes(text), mark);
    await page.locator(".editor .ant-alert-info button").click();
    await page.waitForSelector(".editor", { state: "detached" });
  });

  it("mines old conversations and accepts a proposal by key, as a draft", async (test) => {
    const page = await workshop(test, "learn/mine");
    if (!page) return;
    const asked = ["礼盒里可以写贺卡吗", "礼盒可以写贺卡吗", "能在礼盒里写张贺卡吗", "能帮我写贺卡放礼盒里吗", "礼盒里能不能放贺卡"];
    const lines = asked.flatMap((question, i) => [`${i},客户,,${question}`, `${i},客服,,可以的，下单时备注贺卡内容就行`]);
    await page.setInputFiles("input[type=file]", { name: "旧对话.csv", mimeType: "text/csv", buffer: Buffer.from(`会话,角色,时间,内容\n${lines.join("\n")}\n`) });
    await page.waitForSelector(".run[data-state=done]", { timeout: 60_000 });
    await page.click(".run [data-action=see]");
    await page.waitForSelector(".inbox-row[aria-current=true]");
    const row = page.locator(".inbox-row", { hasText: "贺卡" }).first();
    await row.click();
    assert.match(await page.locator(".proposal .evidence").innerText(), /问过次数/);
    await page.keyboard.press("a");
    await page.locator(".inbox-row", { hasText: "贺卡" }).waitFor({ state: "detached" });
    await page.goto(`${site.base}/console/#/publish`);
    await page.locator(".drafts > li", { hasText: "贺卡" }).locator("ins", { hasText: "贺卡" }).first().waitFor();
  });

  it("writes an article with similar questions and a slot, finds it at once, and removes it", async (test) => {
    const page = await workshop(test, "articles");
    if (!page) return;
    const mark = `测试条目${Date.now() % 100_000}`;
    await page.click(".bar > .ant-btn-primary");
    await page.fill("#question", `${mark}怎么用？`);
    await page.fill("#similar", `${mark}用法\n${mark}说明`);
    await page.fill("#answer", `您好 {{customer.name}}，这是**${mark}**的答案。`);
    await page.locator(".phone strong", { hasText: mark }).waitFor();
    assert.doesNotMatch(await page.locator(".phone").innerText(), /\{\{/, "the preview fills the slot");
    await page.click(".editor [data-action=publish]");
    await page.waitForSelector(".editor", { state: "detached" });
    await page.fill(".bar input", mark);
    await page.locator(".openable", { hasText: mark }).first().click();
    await page.click("[data-action=remove]");
    await page.click(".ant-popconfirm-buttons .ant-btn-dangerous");
    await page.waitForSelector(".editor", { state: "detached" });
    await page.locator(".openable", { hasText: mark }).first().waitFor({ state: "detached" });
  });

  it("shows the curve, and why an answer was found", async (test) => {
    const page = await workshop(test, "risk");
    if (!page) return;
    await page.waitForSelector(".curve path");
    assert.match(await page.locator(".risk-words, .risk .ant-alert").first().innerText(), /\d/);
    await page.goto(`${site.base}/console/#/try`);
    await page.fill("textarea", `${parcel} 到哪了`);
    await page.click("button[type=submit]");
    await page.waitForSelector(".understood .meter");
    assert.ok((await page.locator("mark").allInnerTexts()).some((text) => text.includes(parcel)));
    await page.waitForSelector(".why .bars li");
  });

  it("has no page wider than a phone", async (test) => {
    const page = await workshop(test, "articles", 390);
    if (!page) return;
    for (const place of ["articles", "import", "publish", "publish/history", "publish/compare", "learn", "learn/unanswered", "learn/use", "learn/mine", "risk", "replies", "try"]) {
      await page.goto(`${site.base}/console/#/${place}`);
      await page.waitForTimeout(500);
      const wide: number = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, `${place} is ${wide} px too wide`);
    }
  });
});
