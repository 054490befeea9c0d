import { password } from "../test/mock/desk";
import type { Stage } from "./screens";

/** The console in each of its states. */
export async function consoleScreens(stage: Stage): Promise<void> {
  for (const width of [1440, 390]) {
    const page = await stage.open({ width });
    const signIn = async (name: string) => {
      await page.fill("input[autocomplete=username]", name);
      await page.fill("input[autocomplete=current-password]", password);
      await page.click("button[type=submit]");
    };
    await page.goto(`${stage.base}/console/`);
    await signIn("小林");
    await stage.shot(page, "01-forbidden");
    await page.click(".ant-result .ant-btn");
    await signIn("陈老师");
    await page.waitForSelector(".openable");
    await stage.shot(page, "02-articles");
    await page.click(".openable >> nth=1");
    await stage.shot(page, "03-edit");
    await page.keyboard.press("Escape");
    await page.waitForTimeout(400);
    await page.fill(".bar input", "没有这样的词");
    await page.waitForTimeout(500);
    await stage.shot(page, "04-nothing-found");
    await page.goto(`${stage.base}/console/#/import`);
    await page.setInputFiles("input[type=file]", { name: "faq.csv", mimeType: "text/csv", buffer: Buffer.from("question,similar,answer\n能开发票吗,,可以\n少了答案,,\n") });
    await page.click(".import .ant-btn-primary");
    await page.waitForSelector(".report");
    await stage.shot(page, "05-import");
    await page.goto(`${stage.base}/console/#/try`);
    await page.fill("textarea", "SF1234567890123 三天不动了怎么退货，太慢了");
    await page.click("button[type=submit]");
    await page.waitForSelector(".understood");
    await stage.shot(page, "06-playground");
    await page.context().close();
  }
}
