import type { Page } from "playwright-core";
import { password, quickReplies } from "../test/mock/desk";
import { answer, handoff } from "../test/mock/brain";
import { nextId, type Conversation } from "../test/mock/model";
import type { Stage } from "./screens";

/** Somebody who asked for a person. */
function queued(stage: Stage): Conversation {
  const { world } = stage.mock;
  const c = world.start(nextId("vis"), "c1001");
  const message = { id: nextId("ms"), text: "我的退款什么时候到账" };
  world.append(c, "message.received", { kind: "visitor", id: c.visitor }, message);
  answer(world, c, message);
  handoff(world, c, "asked");
  return c;
}

async function claim(stage: Stage, width: number): Promise<Page> {
  const c = queued(stage);
  const page = await stage.open({ width });
  await page.goto(`${stage.base}/desk/`);
  await page.fill("input[autocomplete=username]", "小林");
  await page.fill("input[autocomplete=current-password]", password);
  await page.click("button[type=submit]");
  await page.waitForSelector(".list");
  await page.goto(`${stage.base}/desk/#/c/${c.id}`);
  await page.click("[data-action=claim]");
  await page.waitForSelector(".composer.reply textarea");
  return page;
}

/** The quick replies of the desk in each of their states. */
export async function quickScreens(stage: Stage): Promise<void> {
  for (const width of [1440, 390]) {
    const page = await claim(stage, width);
    await page.fill(".composer textarea", "/");
    await page.waitForSelector(".quick-list [role=option]");
    await page.keyboard.press("ArrowDown");
    await stage.shot(page, "01-list");
    await page.keyboard.type("sd");
    await stage.shot(page, "02-found");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".blanks");
    await stage.shot(page, "03-blanks");
    await page.fill(".composer textarea", "/没有这样的");
    await stage.shot(page, "04-none");
    await page.fill(".composer textarea", "");
    if (width < 600) await page.click("[data-action=side]").catch(() => page.locator(".head .ant-btn").last().click());
    await page.click("[data-action=quick-manage]");
    await page.waitForSelector(".quick-manage li");
    await page.waitForTimeout(400);
    await stage.shot(page, "05-manage");
    await page.click("[data-action=quick-add]");
    await page.waitForSelector(".quick-manage form");
    await stage.shot(page, "06-form");
    await page.context().close();
    const kept = quickReplies.splice(0);
    const bare = await claim(stage, width);
    await bare.fill(".composer textarea", "/");
    await bare.waitForSelector(".quick-state");
    await stage.shot(bare, "07-empty");
    await bare.context().close();
    quickReplies.push(...kept);
  }
}
