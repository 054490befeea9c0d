import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { Mock } from "../test/mock/server";
import { launch } from "../test/e2e/browser";
import { consoleScreens } from "./screens-console";
import { deskScreens } from "./screens-desk";
import { quickScreens } from "./screens-quick";
import { widgetScreens } from "./screens-widget";

/** Pictures of every state of every page, for eyes: `npm run screens -- <folder> [widget|desk|quick|console]`. */
const folder = process.argv[2] ?? "screens";
const only = process.argv[3];
mkdirSync(folder, { recursive: true });

export interface Stage {
  mock: Mock;
  base: string;
  open(options: { width: number; dark?: boolean; lang?: string }): Promise<Page>;
  shot(page: Page, name: string): Promise<void>;
}

const browser = await launch();
const sets = { widget: widgetScreens, desk: deskScreens, quick: quickScreens, console: consoleScreens };
for (const [name, run] of Object.entries(sets)) {
  if (only && only !== name) continue;
  const mock = new Mock();
  const base = await mock.listen();
  const stage: Stage = {
    mock,
    base,
    async open({ width, dark, lang }) {
      const context = await browser.newContext({
        viewport: { width, height: width < 600 ? 844 : 900 },
        locale: lang ?? "zh-CN",
        colorScheme: dark ? "dark" : "light",
        hasTouch: width < 600,
      });
      return context.newPage();
    },
    async shot(page, shotName) {
      await page.waitForTimeout(350);
      await page.screenshot({ path: join(folder, `${name}-${shotName}-${page.viewportSize()?.width ?? 0}.png`) });
    },
  };
  await run(stage);
  await mock.close();
}
await browser.close();
