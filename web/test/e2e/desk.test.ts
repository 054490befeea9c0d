import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { type Customer, signIn, Site } from "./site";

let site: Site;
before(async () => {
  site = await Site.start();
});
afterEach(() => site.clear());
after(() => site.stop());

/** A customer who was handed over, and the conversation's id. */
async function waiting(): Promise<{ customer: Customer; id: string }> {
  const customer = await site.customer();
  await customer.say("付款后多久发货？");
  await customer.write("转人工");
  await customer.until("queued");
  return { customer, id: await customer.conversation() };
}

/** Opens a conversation at the desk and claims it. */
async function claim(desk: Page, id: string): Promise<void> {
  await desk.goto(`${site.base}/desk/#/c/${id}`);
  await desk.click("[data-action=claim]");
  await desk.waitForSelector(".composer.reply textarea");
}

describe("desk", () => {
  it("refuses a wrong password and says why", async () => {
    const page = await site.page();
    await page.goto(`${site.base}/desk/`);
    await signIn(page, site.agent, "不是这个密码");
    const alert = page.locator(".login-card [role=alert]").first();
    await alert.waitFor();
    assert.match(await alert.innerText(), /密码|用户名|姓名|登录/);
    assert.equal(await page.locator(".list").count(), 0);
    await signIn(page, site.agent, site.password);
    await page.waitForSelector(".list .tabs");
    await page.reload();
    await page.waitForSelector(".list .tabs");
  });

  it("shows who waits, with reason, summary and three replies; one click answers the customer live", async () => {
    const desk = await site.desk();
    const { customer, id } = await waiting();
    const counted = Number(await desk.locator(".tab-queued .count").innerText());
    assert.ok(counted >= 1);
    assert.match(await desk.title(), /^\(\d+\) /);
    await desk.goto(`${site.base}/desk/#/c/${id}`);
    await desk.waitForSelector(".context .reason");
    assert.match(await desk.locator(".context .reason").innerText(), /客户要求人工/);
    assert.ok((await desk.locator(".context .summary").innerText()).length > 5);
    await desk.waitForFunction(() => document.querySelectorAll(".offer").length >= 3);
    assert.ok(await desk.locator(".offer .fill").first().isDisabled(), "suggestions can be used before the claim");
    await desk.click("[data-action=claim]");
    await desk.waitForSelector(".composer.reply textarea");
    await customer.until("human");
    await desk.locator(".offer .fill:enabled").first().waitFor();
    const words = await desk.locator(".offer .fill .words").first().innerText();
    await desk.locator(".offer .fill").first().click();
    const blank = (text: string) => text.replace(/\s+/g, "");
    assert.equal(blank(await desk.locator(".composer textarea").first().inputValue()), blank(words));
    assert.equal(await desk.locator(".message.agent").count(), 0, "a click only fills the field");
    await desk.press(".composer textarea", "Enter");
    await customer.hears("agent", words.trim().split("\n")[0]?.slice(0, 12) ?? "");
    await desk.locator(".timeline .message.agent .bubble").last().waitFor();
    assert.equal(await desk.locator(".message.pending").count(), 0);
  });

  it("sends suggestion 1 by Ctrl+1", async () => {
    const desk = await site.desk();
    const { customer, id } = await waiting();
    await claim(desk, id);
    await desk.locator(".offer .fill:enabled").first().waitFor();
    await desk.keyboard.press("Control+1");
    await customer.page.locator("#yingda-chat .row.agent .bubble").first().waitFor();
    await desk.locator(".timeline .message.agent .bubble").first().waitFor();
  });

  it("shows what the customer is typing, and the customer that the agent is", async () => {
    const desk = await site.desk();
    const { customer, id } = await waiting();
    await claim(desk, id);
    await customer.page.locator("#yingda-chat textarea").pressSequentially("我还想问一下发票", { delay: 20 });
    await desk.locator(".message.typing .bubble", { hasText: "发票" }).waitFor();
    await desk.locator(".composer textarea").first().pressSequentially("稍等", { delay: 20 });
    await customer.page.waitForSelector("#yingda-chat .typing:not([hidden])");
    await customer.page.press("#yingda-chat textarea", "Enter");
    await desk.locator(".message.visitor .bubble", { hasText: "我还想问一下发票" }).waitFor();
    await desk.waitForSelector(".message.typing", { state: "detached" });
  });

  it("keeps notes from the customer", async () => {
    const desk = await site.desk();
    const { customer, id } = await waiting();
    await claim(desk, id);
    await desk.locator(".composer textarea").first().press("Escape");
    await desk.keyboard.press("n");
    await desk.keyboard.type("内部备注：先核实库存");
    await desk.keyboard.press("Enter");
    await desk.locator(".timeline .note", { hasText: "先核实库存" }).waitFor();
    await desk.locator(".composer textarea").first().press("Escape");
    await desk.keyboard.press("r");
    await desk.keyboard.type("您好");
    await desk.keyboard.press("Enter");
    await customer.hears("agent", "您好");
    assert.ok(!(await customer.page.locator("#yingda-chat .log").innerText()).includes("先核实库存"));
  });

  it("gives the conversation back to the bot, which answers again", async () => {
    const desk = await site.desk();
    const { customer, id } = await waiting();
    await claim(desk, id);
    await desk.click("[data-action=release]");
    await desk.click(".ant-popconfirm-buttons .ant-btn-primary");
    await customer.until("bot");
    assert.ok((await customer.say("能开发票吗")).length > 5);
  });

  it("closes the conversation; the customer may begin again", async () => {
    const desk = await site.desk();
    const { customer, id } = await waiting();
    await claim(desk, id);
    await desk.locator(".composer textarea").first().press("Escape");
    await desk.keyboard.press("x");
    await desk.click(".ant-popconfirm-buttons .ant-btn-primary");
    await customer.until("closed");
    await customer.page.waitForSelector("#yingda-chat .restart:visible");
    await desk.waitForSelector(".gate.closed");
  });

  it("keeps a reply that could not be sent, and sends it once on retry", async () => {
    const desk = await site.desk();
    const { customer, id } = await waiting();
    await claim(desk, id);
    await desk.route("**/replies", (route) => route.abort());
    await desk.fill(".composer textarea", "断线时的回复");
    await desk.press(".composer textarea", "Enter");
    await desk.waitForSelector(".message.pending.failed");
    await desk.unroute("**/replies");
    await desk.locator(".message.pending.failed button").first().click();
    await customer.hears("agent", "断线时的回复");
    await desk.waitForSelector(".message.pending", { state: "detached" });
    assert.equal((await customer.bubbles("agent")).filter((text) => text.includes("断线时的回复")).length, 1);
  });

  it("catches up after its connection was lost", async () => {
    const desk = await site.page();
    const sockets: { close(): Promise<void> }[] = [];
    let cut = false;
    await desk.routeWebSocket(/\/v1\/desk\/ws/, (socket) => {
      if (cut) return void socket.close();
      socket.connectToServer();
      sockets.push(socket);
    });
    await desk.goto(`${site.base}/desk/`);
    await signIn(desk, site.agent, site.password);
    const { customer, id } = await waiting();
    await claim(desk, id);
    cut = true;
    for (const socket of sockets) await socket.close();
    await desk.waitForSelector(".strip");
    await customer.write("断线期间说的话");
    await customer.page.waitForSelector("#yingda-chat .row.sending", { state: "detached" });
    cut = false;
    await desk.locator(".message.visitor .bubble", { hasText: "断线期间说的话" }).waitFor();
    await desk.waitForSelector(".strip", { state: "detached" });
  });

  it("is one column on a phone", async () => {
    const { id } = await waiting();
    const desk = await site.desk(390);
    await desk.locator(".row").first().waitFor();
    assert.equal(await desk.locator(".pane").count(), 0);
    await desk.goto(`${site.base}/desk/#/c/${id}`);
    await desk.waitForSelector(".pane .timeline");
    assert.equal(await desk.locator(".list").count(), 0);
    const overflow = await desk.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, "the page scrolls sideways");
    await desk.click(".head .ant-btn >> nth=0");
    await desk.waitForSelector(".list");
  });

  it("lists its keyboard shortcuts", async () => {
    const desk = await site.desk();
    await desk.keyboard.press("?");
    await desk.locator(".keys", { hasText: "接入会话" }).waitFor();
  });
});
