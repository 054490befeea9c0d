import { signIn } from "../test/e2e/site";
import type { Stage } from "./screens";

/** The console in each of its states; it needs a server with the demo shop, named by YINGDA_URL as for the browser tests. */
export async function consoleScreens(stage: Stage): Promise<void> {
  const base = process.env["YINGDA_URL"]?.replace(/\/+$/, "");
  if (!base) return console.log("console: SKIPPED, set YINGDA_URL, YINGDA_TRAINER and YINGDA_PASSWORD to a server with the demo shop");
  const trainer = process.env["YINGDA_TRAINER"] ?? "trainer";
  const password = process.env["YINGDA_PASSWORD"] ?? "";
  for (const [width, dark] of [[1440, false], [390, false], [1440, true]] as const) {
    const page = await stage.open({ width, dark, ...(dark ? { lang: "en-US" } : {}) });
    const shot = (name: string) => stage.shot(page, dark ? `dark-${name}` : name);
    const open = async (place: string, ready: string) => {
      await page.goto(`${base}/console/#/${place}`);
      await page.waitForSelector(ready);
    };
    await page.goto(`${base}/console/`);
    await signIn(page, trainer, password);
    await page.waitForSelector(".openable");
    await shot("01-articles");
    await page.click(".openable >> nth=1");
    await page.waitForSelector(".editor-fields");
    await page.click(".ant-collapse-header >> nth=0");
    await page.click(".ant-collapse-header >> nth=1");
    await shot("02-editor");
    await page.click("[data-action=history]");
    await page.waitForSelector(".timeline-list, .nothing");
    await shot("03-article-history");
    await open("articles", ".openable");
    await page.reload();
    await page.waitForSelector(".openable");
    await page.fill(".bar input", "没有这样的词");
    await page.waitForSelector(".nothing");
    await shot("04-nothing-found");
    await open("import", ".drop");
    await page.waitForSelector(".nothing, .card, .ant-table-row");
    await shot("05-import");
    const table = "\ufeff问题,相似问,答案,分类,内部备注\n能开发票吗,可以开专票吗,可以，下单时勾选「开发票」。,订单,财务确认过\n保温杯能装碳酸饮料吗,,,商品,\n付款后多久发货？,,现货 24 小时内发出。,物流,老张改\n付款后多久能发货？,,48 小时内发出。,物流,\n";
    await page.setInputFiles("input[type=file]", { name: "双十一常见问题.csv", mimeType: "text/csv", buffer: Buffer.from(table) });
    await page.waitForSelector(".mapping");
    await shot("06-import-columns");
    await page.click("[data-action=check]");
    await page.waitForSelector("[data-action=apply]");
    await page.waitForTimeout(600);
    await shot("07-import-report");
    await page.click(".ant-tabs-tab >> nth=2");
    await page.waitForSelector(".pair, .nothing");
    await shot("08-import-contradicts");
    await open("publish", ".drafts, .nothing");
    await shot("09-drafts");
    await open("publish/compare", ".compare-bar");
    await shot("10-compare");
    await open("publish/history", ".timeline-list, .nothing");
    await shot("11-history");
    await open("learn", ".inbox, .nothing");
    await shot("12-proposals");
    await open("learn/unanswered", ".topics, .nothing");
    await shot("13-unanswered");
    await open("learn/use", ".card, .ant-table, .nothing");
    await shot("14-use");
    await open("learn/mine", ".runs, .nothing");
    await shot("15-mining");
    await open("risk", ".risk");
    await shot("16-risk");
    await open("try", "textarea");
    await page.fill("textarea", "SF1083621940577 三天不动了怎么退货，太慢了");
    await page.click("button[type=submit]");
    await page.waitForSelector(".understood");
    await shot("17-playground");
    await open("replies", ".rule");
    await shot("18-replies");
    await page.route("**/v1/articles**", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: '{"detail":"数据库暂时不可用，请稍后再试","code":"unavailable"}' }));
    await page.goto(`${base}/console/#/articles`);
    await page.waitForSelector(".ant-result");
    await shot("19-failed");
    await page.context().close();
  }
}
