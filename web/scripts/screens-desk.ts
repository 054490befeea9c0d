import type { Page } from "playwright-core";
import { agents, password } from "../test/mock/desk";
import { answer, handoff } from "../test/mock/brain";
import { nextId, type Conversation } from "../test/mock/model";
import type { Stage } from "./screens";

function talk(stage: Stage, texts: string[], customer?: string): Conversation {
  const { world } = stage.mock;
  const c = world.start(nextId("vis"), customer);
  for (const text of texts) {
    const message = { id: nextId("ms"), text };
    world.append(c, "message.received", { kind: "visitor", id: c.visitor }, message);
    if (text === "!handoff") handoff(world, c, "anger");
    else answer(world, c, message);
  }
  return c;
}

function at<T>(stage: Stage, minutesAgo: number, run: () => T): T {
  stage.mock.world.now = () => new Date(Date.now() - minutesAgo * 60_000);
  const result = run();
  stage.mock.world.now = () => new Date();
  return result;
}

async function signIn(page: Page): Promise<void> {
  await page.fill("input[autocomplete=username]", "小林");
  await page.fill("input[autocomplete=current-password]", password);
  await page.click("button[type=submit]");
  await page.waitForSelector(".list");
}

/** The desk in each of its states. */
export async function deskScreens(stage: Stage): Promise<void> {
  const { world } = stage.mock;
  for (const [width, empty] of [[1440, true], [390, true]] as const) {
    const page = await stage.open({ width });
    await page.goto(`${stage.base}/desk/`);
    await page.waitForSelector("button[type=submit]");
    await stage.shot(page, "01-login");
    await page.fill("input[autocomplete=username]", "小林");
    await page.fill("input[autocomplete=current-password]", "错的");
    await page.click("button[type=submit]");
    await page.waitForSelector("[role=alert]");
    await stage.shot(page, "02-wrong-password");
    if (empty && width === 1440) {
      await signIn(page);
      await stage.shot(page, "03-empty");
    }
    await page.context().close();
  }
  const first = at(stage, 6, () => talk(stage, ["怎么退货", "我的快递到哪了", "SF1234567890123", "8821", "都三天了一直不动，太慢了，气死我了", "转人工"], "c1001"));
  at(stage, 2, () => talk(stage, ["能开发票吗", "专票呢", "找人工"], "c1004"));
  at(stage, 0.3, () => talk(stage, ["你们的东西质量太差，我要投诉！垃圾", "人工"]));
  at(stage, 9, () => talk(stage, ["付款后多久发货？", "好的谢谢"], "c1007"));
  at(stage, 1, () => talk(stage, ["我的快递到哪了"]));
  const closed = at(stage, 60 * 26, () => talk(stage, ["怎么退货", "好的谢谢"], "c1002"));
  at(stage, 60 * 26 - 5, () => world.change(closed, "closed"));
  const wang = agents[1];
  const other = at(stage, 15, () => talk(stage, ["我要退款", "人工"], "c1009"));
  if (wang) at(stage, 12, () => world.change(other, "human", { kind: "agent", id: wang.id, name: wang.name }));

  for (const width of [1440, 390, 1024]) {
    const page = await stage.open({ width });
    await page.goto(`${stage.base}/desk/`);
    await signIn(page);
    await stage.shot(page, "04-queue");
    await page.goto(`${stage.base}/desk/#/c/${other.id}`);
    await stage.shot(page, "05-other-owner");
    await page.goto(`${stage.base}/desk/#/c/${first.id}`);
    await page.waitForSelector(".timeline");
    await stage.shot(page, "06-packet");
    if (width === 1440) await page.click("[data-action=claim]");
    if (width === 1440) await page.waitForSelector(".composer.reply");
    await stage.shot(page, "07-claimed");
    if (width === 1440) {
      await page.click(".offer .fill >> nth=0");
      stage.mock.desk.visitorTypes(first, "那到底今天能不能送到啊，我下午要出门");
      await stage.shot(page, "08-filled-typing");
      await page.click("[data-action=send]");
      await page.keyboard.press("Escape");
      await page.keyboard.press("n");
      await page.keyboard.type("客户情绪不好，优先跟进，已催派。");
      await stage.shot(page, "09-note");
      await page.keyboard.press("Enter");
      await page.route("**/replies", (route) => route.abort());
      await page.keyboard.press("Escape");
      await page.keyboard.press("r");
      await page.keyboard.type("网络不好的时候发的这一条");
      await page.keyboard.press("Enter");
      await stage.shot(page, "10-failed-reply");
      await page.unroute("**/replies");
      await page.click(".steps");
      await page.keyboard.press("Escape");
      await page.mouse.click(10, 700);
      await page.keyboard.press("?");
      await stage.shot(page, "11-shortcuts");
      await page.keyboard.press("Escape");
      await page.click("[data-action=close]");
      await stage.shot(page, "12-confirm-close");
      await page.keyboard.press("Escape");
      await page.route("**/v1/**", (route) => route.abort());
      stage.mock.desk.refusing = true;
      stage.mock.desk.dropSockets();
      await page.waitForTimeout(700);
      await stage.shot(page, "13-reconnecting");
      stage.mock.desk.refusing = false;
    } else if (width < 600) {
      await page.click("header.head .ant-btn-icon-only >> nth=1");
      await stage.shot(page, "08-context");
    }
    await page.context().close();
  }
  const dark = await stage.open({ width: 1440, dark: true, lang: "en-US" });
  await dark.goto(`${stage.base}/desk/`);
  await signIn(dark);
  await dark.goto(`${stage.base}/desk/#/c/${first.id}`);
  await dark.waitForSelector(".timeline");
  await stage.shot(dark, "14-dark-english");
  await dark.context().close();
  const slow = await stage.open({ width: 1440 });
  await slow.route("**/v1/desk/conversations**", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: '{"detail":"数据库暂时不可用，请稍后再试","code":"unavailable"}' }));
  await slow.goto(`${stage.base}/desk/`);
  await signIn(slow);
  await stage.shot(slow, "15-list-failed");
  await slow.context().close();
}
