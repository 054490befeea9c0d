import type { Page } from "playwright-core";
import type { Stage } from "./screens";

const field = "#yingda-chat textarea";

async function say(page: Page, text: string): Promise<void> {
  await page.fill(field, text);
  await page.press(field, "Enter");
  await page.waitForTimeout(350);
}

/** The chat in each of its states, on a desk and on a phone. */
export async function widgetScreens(stage: Stage): Promise<void> {
  for (const width of [1440, 390]) {
    const page = await stage.open({ width });
    await page.goto(stage.base);
    await stage.shot(page, "01-shop");
    await page.click("#yingda-chat .launcher");
    await stage.shot(page, "02-greeting");
    await say(page, "怎么退货");
    await stage.shot(page, "03-answer");
    await say(page, "我的快递到哪了");
    await say(page, "SF1234567890123");
    await say(page, "8821");
    await say(page, "等了三天都不动，真的很慢！！！😤😤 aVeryLongWordWithoutAnySpaceThatMustWrapSomewhereInTheBubbleOrItBreaksTheLayout");
    await stage.shot(page, "04-track");
    stage.mock.delay = 2500;
    await page.fill(field, "你好吗");
    await page.press(field, "Enter");
    await page.waitForTimeout(300);
    await stage.shot(page, "05-typing");
    await page.waitForTimeout(2500);
    stage.mock.delay = 0;
    await say(page, "转人工");
    await stage.shot(page, "06-queued");
    const conversation = [...stage.mock.world.conversations.values()].at(-1);
    if (!conversation) throw new Error("no conversation was begun");
    const agent = { kind: "agent", id: "ag_lin", name: "小林" } as const;
    stage.mock.world.change(conversation, "human", agent);
    stage.mock.world.say(conversation, agent, { text: "您好，我是小林，已经看到您的包裹了，这就帮您催一下。" });
    stage.mock.ephemeral(conversation, "typing", {});
    await stage.shot(page, "07-human");
    await page.context().setOffline(true);
    await page.fill(field, "断网了这条会等着");
    await page.press(field, "Enter");
    await page.waitForTimeout(3500);
    await stage.shot(page, "08-offline");
    await page.context().setOffline(false);
    await page.waitForTimeout(1500);
    await page.fill(field, `${"字".repeat(2001)}`);
    await stage.shot(page, "09-too-long");
    await page.fill(field, "");
    await page.click("#yingda-chat header .tool >> nth=0");
    await stage.shot(page, "10-confirm");
    await page.click("#yingda-chat .confirm .danger");
    await stage.shot(page, "11-closed");
    await page.context().close();
  }
  for (const width of [1440, 390]) {
    const page = await stage.open({ width });
    const picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#cfe6e2"/><path d="M14 5h12v10H14z" fill="#fff"/></svg>';
    await page.route("**/files/invoice.svg", (route) => route.fulfill({ contentType: "image/svg+xml", body: picture }));
    await page.goto(stage.base);
    await page.click("#yingda-chat .launcher");
    await page.waitForSelector(`${field}:enabled`);
    await page.locator(field).pressSequentially("zm");
    await page.waitForSelector("#yingda-chat .proposal");
    await page.keyboard.press("ArrowDown");
    await stage.shot(page, "15-proposals");
    await page.fill(field, "qqqq");
    await page.waitForTimeout(300);
    await stage.shot(page, "16-no-match");
    await page.fill(field, "");
    await say(page, "能开发票吗？怎么开？");
    await page.waitForSelector("#yingda-chat .related-chip");
    await stage.shot(page, "17-rich-card");
    await page.click("#yingda-chat .thumb >> nth=0");
    await say(page, "付款后多久发货？");
    await page.waitForSelector("#yingda-chat .related-chip");
    await stage.shot(page, "18-related");
    await page.context().close();
  }
  const dark = await stage.open({ width: 1440, dark: true, lang: "en-US" });
  await dark.goto(stage.base);
  await dark.click("#yingda-chat .launcher");
  await dark.waitForTimeout(300);
  await say(dark, "怎么退货");
  await stage.shot(dark, "12-dark-english");
  await dark.route("**/messages", (route) => route.fulfill({ status: 422, contentType: "application/problem+json", body: '{"detail":"包含不允许的内容","code":"invalid"}' }));
  await say(dark, "被拒绝的消息");
  await stage.shot(dark, "13-dark-refused");
  await dark.context().close();
  const failed = await stage.open({ width: 390 });
  await failed.route("**/v1/conversations", (route) => route.abort());
  await failed.goto(stage.base);
  await failed.click("#yingda-chat .launcher");
  await stage.shot(failed, "14-start-failed");
  await failed.context().close();
}
