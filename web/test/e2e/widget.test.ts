import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Site } from "./site";

let site: Site;
before(async () => {
  site = await Site.start();
});
afterEach(() => site.clear());
after(() => site.stop());

/** The parcel that the customer asks about: one that wants the phone's last four digits. */
const parcel = process.env["YINGDA_PARCEL"] ?? "SF1234567890123";
const tail = process.env["YINGDA_PARCEL_TAIL"] ?? "8821";

describe("widget", () => {
  it("greets, offers a menu and answers a question of the shop's help pages", async () => {
    const customer = await site.customer();
    const [greeting] = await customer.bubbles("bot");
    assert.ok(greeting && greeting.length > 5);
    assert.ok((await customer.page.locator("#yingda-chat .choice").count()) >= 2);
    const answer = await customer.say("付款后多久发货？");
    assert.match(answer, /48\s*小时/);
    assert.equal(await customer.page.locator("#yingda-chat .row.bot strong").count() > 0, true, "Markdown is drawn");
    assert.doesNotMatch(answer, /\*\*/);
  });

  it("tracks a parcel in three turns", async () => {
    const customer = await site.customer();
    assert.match(await customer.say("我的快递到哪了"), /单号|哪|选/);
    assert.match(await customer.say(parcel), /后四位|尾号/);
    const state = await customer.say(tail);
    assert.match(state, /派送|运输|签收|到达|揽收|途中|驿站|快递柜/);
    assert.deepEqual(await customer.bubbles("mine"), ["我的快递到哪了", parcel, tail]);
  });

  it("hands over to people when asked, once, and says so", async () => {
    const customer = await site.customer();
    await customer.page.click("#yingda-chat .chip");
    await customer.until("queued");
    assert.ok((await customer.bubbles("mine")).includes("转人工"));
    const before = (await customer.bubbles("bot")).length;
    await customer.write("还要等多久");
    await customer.page.waitForTimeout(700);
    assert.ok((await customer.bubbles("bot")).length <= before + 1, "the bot goes on talking after the hand-off");
  });

  it("keeps the conversation over a reload and shows it on every page", async () => {
    const customer = await site.customer();
    await customer.say("付款后多久发货？");
    const id = await customer.conversation();
    await customer.page.reload();
    await customer.page.click("#yingda-chat .launcher");
    await customer.page.locator("#yingda-chat .row.mine .bubble", { hasText: "付款后多久发货" }).waitFor();
    assert.equal(await customer.conversation(), id);
  });

  it("says that it is offline, keeps what is written, and sends it once when the network is back", async () => {
    const customer = await site.customer();
    await customer.say("付款后多久发货？");
    await customer.page.context().setOffline(true);
    await customer.page.waitForSelector("#yingda-chat .banner:not([hidden])");
    await customer.write("离线时写的这句");
    await customer.page.waitForSelector("#yingda-chat .row.waiting");
    await customer.page.context().setOffline(false);
    await customer.page.waitForSelector("#yingda-chat .row.waiting", { state: "detached" });
    await customer.page.waitForSelector("#yingda-chat .banner", { state: "hidden" });
    await customer.page.waitForTimeout(500);
    assert.equal((await customer.bubbles("mine")).filter((text) => text === "离线时写的这句").length, 1);
    await customer.page.reload();
    await customer.page.click("#yingda-chat .launcher");
    await customer.page.locator("#yingda-chat .row.mine .bubble", { hasText: "离线时写的这句" }).waitFor();
    assert.equal((await customer.bubbles("mine")).filter((text) => text === "离线时写的这句").length, 1, "the server has it once");
  });

  it("sends a message once though its answer was lost twice", async () => {
    const customer = await site.customer();
    let lost = 0;
    await customer.page.route("**/messages", async (route) => {
      if (lost++ >= 2) return route.continue();
      await route.fetch(); // the server gets the message; the browser never hears of it
      return route.abort();
    });
    await customer.say("付款后多久发货？");
    await customer.page.waitForSelector("#yingda-chat .row.sending", { state: "detached" });
    await customer.page.unroute("**/messages");
    await customer.page.reload();
    await customer.page.click("#yingda-chat .launcher");
    await customer.page.locator("#yingda-chat .row.mine .bubble").first().waitFor();
    assert.deepEqual(await customer.bubbles("mine"), ["付款后多久发货？"]);
  });

  it("lets the visitor send a refused message again or remove it", async () => {
    const customer = await site.customer();
    await customer.page.route("**/messages", (route) => route.fulfill({ status: 422, contentType: "application/problem+json", body: '{"code":"invalid","detail":"含有不允许的内容"}' }));
    await customer.write("付款后多久发货？");
    await customer.page.waitForSelector("#yingda-chat .row.failed [role=alert]");
    assert.match(await customer.page.locator("#yingda-chat .row.failed .state").innerText(), /含有不允许的内容/);
    await customer.page.unroute("**/messages");
    await customer.page.click("#yingda-chat .row.failed .link >> nth=0");
    await customer.hears("bot", "48");
    await customer.page.route("**/messages", (route) => route.fulfill({ status: 422, body: "{}" }));
    await customer.write("这条不要了");
    await customer.page.click("#yingda-chat .row.failed .quiet");
    await customer.page.waitForSelector("#yingda-chat .row.failed", { state: "detached" });
  });

  it("shows text of others as text: nothing in it runs", async () => {
    const customer = await site.customer();
    const attack = '<img src=x onerror="window.__hit=1"><script>window.__hit=1</script>[点](javascript:window.__hit=1)';
    await customer.write(attack);
    await customer.page.locator("#yingda-chat .row.mine .bubble").first().waitFor();
    await customer.page.waitForTimeout(500);
    assert.equal((await customer.bubbles("mine"))[0], attack);
    assert.equal(await customer.page.evaluate(() => (window as { __hit?: number }).__hit), undefined);
    assert.equal(await customer.page.locator("#yingda-chat .row.mine img, #yingda-chat .row.mine a").count(), 0);
  });

  it("ends and begins again", async () => {
    const customer = await site.customer();
    await customer.say("付款后多久发货？");
    const first = await customer.conversation();
    await customer.page.click('#yingda-chat header .tool >> nth=0');
    await customer.page.click("#yingda-chat .confirm .danger");
    await customer.until("closed");
    await customer.page.click("#yingda-chat .restart:visible");
    await customer.until("bot");
    assert.notEqual(await customer.conversation(), first);
    assert.deepEqual(await customer.bubbles("mine"), []);
  });

  it("works by keyboard and keeps an input method's Enter", async () => {
    const page = await site.page();
    await page.goto(`${site.base}/`);
    await page.locator("#yingda-chat .launcher").focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("#yingda-chat textarea:enabled");
    await page.waitForFunction(() => document.querySelector("#yingda-chat")?.shadowRoot?.activeElement?.tagName === "TEXTAREA");
    await page.keyboard.type("nihao");
    await page.locator("#yingda-chat textarea").dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true });
    assert.equal(await page.locator("#yingda-chat textarea").inputValue(), "nihao");
    await page.keyboard.press("Shift+Enter");
    assert.equal(await page.locator("#yingda-chat textarea").inputValue(), "nihao\n");
    await page.keyboard.press("Escape");
    await page.waitForSelector("#yingda-chat .panel", { state: "hidden" });
    assert.ok(await page.evaluate(() => document.querySelector("#yingda-chat")?.shadowRoot?.activeElement?.classList.contains("launcher")));
  });

  it("fills a phone's screen and refuses more than 2000 characters", async () => {
    const customer = await site.customer(390);
    const box = await customer.page.locator("#yingda-chat .panel").boundingBox();
    assert.equal(box?.width, 390);
    assert.ok((box?.height ?? 0) >= 890);
    await customer.page.fill("#yingda-chat textarea", "字".repeat(2001));
    assert.ok(await customer.page.locator("#yingda-chat .send").isDisabled());
    assert.match(await customer.page.locator("#yingda-chat .counter").innerText(), /2001\/2000/);
    const overflow = await customer.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, "the page scrolls sideways");
  });

  it("opens from an element of the page, with a question begun", async () => {
    const page = await site.page();
    await page.goto(`${site.base}/`);
    await page.click("[data-yingda-open*='「'] >> nth=0");
    await page.waitForSelector("#yingda-chat textarea:enabled");
    assert.match(await page.locator("#yingda-chat textarea").inputValue(), /^我想了解一下「.+」/);
  });

  it("speaks English on request", async () => {
    const page = await site.page();
    await page.goto(`${site.base}/?lang=en`);
    await page.click("#yingda-chat .launcher");
    await page.waitForSelector('#yingda-chat textarea[placeholder="Type your question"]:enabled');
    assert.equal(await page.locator("#yingda-chat .chip").innerText(), "Talk to a person");
  });

  it("proposes questions while typing, for mouse and keyboard", async () => {
    const customer = await site.customer();
    const { page } = customer;
    await page.locator("#yingda-chat textarea").pressSequentially("发");
    const options = page.locator("#yingda-chat .proposal");
    await options.first().waitFor();
    assert.equal(await page.locator("#yingda-chat textarea").getAttribute("aria-expanded"), "true");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.locator("#yingda-chat textarea").getAttribute("aria-activedescendant"), "yd-proposal-0");
    const first = (await options.first().innerText()).trim();
    await page.keyboard.press("Escape");
    await options.first().waitFor({ state: "detached" });
    assert.ok(await page.locator("#yingda-chat .panel").isVisible(), "Escape closes the list first");
    await page.keyboard.type("票");
    await options.first().waitFor();
    await page.keyboard.press("Backspace");
    await page.waitForFunction((text) => document.querySelector("#yingda-chat")?.shadowRoot?.querySelector(".proposal")?.textContent === text, first);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator("#yingda-chat .row.bot .thumbs").first().waitFor();
    assert.equal((await customer.bubbles("mine"))[0], first);
    assert.equal(await page.locator("#yingda-chat textarea").inputValue(), "");
    assert.equal(await options.count(), 0);
  });

  it("asks nothing in the middle of a composition, nor offline", async () => {
    const customer = await site.customer();
    const { page } = customer;
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/v1/help/typeahead")) asked.push(new URL(request.url()).searchParams.get("q") ?? "");
    });
    const field = page.locator("#yingda-chat textarea");
    await field.focus();
    await field.dispatchEvent("compositionstart", {});
    await field.evaluate((element: HTMLTextAreaElement) => {
      element.value = "fa piao";
      element.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
    });
    await page.waitForTimeout(400);
    assert.deepEqual(asked, []);
    await field.evaluate((element: HTMLTextAreaElement) => (element.value = "发票"));
    await field.dispatchEvent("compositionend", {});
    await page.locator("#yingda-chat .proposal").first().waitFor();
    assert.deepEqual(asked, ["发票"]);
    await page.context().setOffline(true);
    await field.fill("发");
    await page.waitForTimeout(400);
    assert.equal(await page.locator("#yingda-chat .proposal").count(), 0);
    assert.deepEqual(asked, ["发票"]);
    await page.context().setOffline(false);
  });

  it("offers related questions and takes a rating", async () => {
    const customer = await site.customer(390);
    await customer.say("付款后多久发货？");
    const chips = customer.page.locator("#yingda-chat .related-chip");
    await chips.first().waitFor();
    assert.ok((await chips.count()) <= 3);
    const rated = customer.page.waitForResponse((response) => response.url().endsWith("/rating"));
    await customer.page.click("#yingda-chat .thumb >> nth=0");
    assert.equal((await rated).status(), 204);
    assert.equal(await customer.page.locator("#yingda-chat .thumb >> nth=0").getAttribute("aria-pressed"), "true");
    const question = await chips.first().innerText();
    await chips.first().click();
    await customer.page.waitForFunction(() => (document.querySelector("#yingda-chat")?.shadowRoot?.querySelectorAll(".row.mine").length ?? 0) === 2);
    assert.equal((await customer.bubbles("mine"))[1], question);
  });
});
