import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { password } from "../mock/desk";
import { Mock } from "../mock/server";
import { launch } from "./browser";

/**
 * The site under test: the server at YINGDA_URL, with agents signed in as
 * YINGDA_AGENT / YINGDA_PASSWORD (and YINGDA_TRAINER, else the same agent);
 * without YINGDA_URL, the mock server.
 */
export class Site {
  readonly base: string;
  readonly agent: string;
  readonly trainer: string;
  readonly password: string;
  /** The mock behind the site, or null when it is a real server. */
  readonly mock: Mock | null;
  private readonly browser: Browser;
  private readonly contexts: BrowserContext[] = [];

  private constructor(base: string, browser: Browser, mock: Mock | null) {
    this.base = base;
    this.browser = browser;
    this.mock = mock;
    this.agent = mock ? "小林" : (process.env["YINGDA_AGENT"] ?? "");
    this.trainer = mock ? "陈老师" : (process.env["YINGDA_TRAINER"] ?? this.agent);
    this.password = mock ? password : (process.env["YINGDA_PASSWORD"] ?? "");
  }

  static async start(): Promise<Site> {
    const url = process.env["YINGDA_URL"]?.replace(/\/+$/, "");
    if (url) assert.ok(process.env["YINGDA_AGENT"] && process.env["YINGDA_PASSWORD"], "YINGDA_URL needs YINGDA_AGENT and YINGDA_PASSWORD");
    const browser = await launch();
    if (url) return new Site(url, browser, null);
    const mock = new Mock();
    return new Site(await mock.listen(), browser, mock);
  }

  /** Closes the pages of the test that ran. */
  async clear(): Promise<void> {
    for (const context of this.contexts.splice(0)) await context.close();
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.browser.close();
    await this.mock?.close();
  }

  /** A page of a new person, with no memory of another one; errors on it fail the test. */
  async page(width = 1440): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width, height: 900 }, locale: "zh-CN" });
    this.contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => {
      throw error;
    });
    return page;
  }

  /** The demo shop with its chat open. */
  async customer(width = 1440): Promise<Customer> {
    const page = await this.page(width);
    await page.goto(`${this.base}/`);
    await page.click("#yingda-chat .launcher");
    await page.waitForSelector("#yingda-chat textarea:enabled");
    return new Customer(page);
  }

  /** The desk, signed in. */
  async desk(width = 1440): Promise<Page> {
    const page = await this.page(width);
    await page.goto(`${this.base}/desk/`);
    await signIn(page, this.agent, this.password);
    await page.waitForSelector(".list .tabs");
    return page;
  }
}

/** Fills in and sends the sign-in form. */
export async function signIn(page: Page, name: string, secret: string): Promise<void> {
  await page.fill("input[autocomplete=username]", name);
  await page.fill("input[autocomplete=current-password]", secret);
  await page.click("button[type=submit]");
}

/** A customer at the widget. */
export class Customer {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The texts of the bubbles of one side, oldest first. */
  bubbles(side: "mine" | "bot" | "agent"): Promise<string[]> {
    return this.page.locator(`#yingda-chat .row.${side} .bubble`).allInnerTexts();
  }

  /** Writes and sends a text. */
  async write(text: string): Promise<void> {
    await this.page.fill("#yingda-chat textarea", text);
    await this.page.press("#yingda-chat textarea", "Enter");
  }

  /** Says something and waits for the bot's next words. */
  async say(text: string): Promise<string> {
    const before = (await this.bubbles("bot")).length;
    await this.write(text);
    await this.page.waitForFunction(
      (count) => (document.querySelector("#yingda-chat")?.shadowRoot?.querySelectorAll(".row.bot .bubble").length ?? 0) > count,
      before,
    );
    return (await this.bubbles("bot")).slice(before).join("\n");
  }

  status(): Promise<string> {
    return this.page.locator("#yingda-chat .status").innerText();
  }

  /** Waits until the status line shows the state. */
  async until(status: "bot" | "queued" | "human" | "closed"): Promise<void> {
    await this.page.waitForSelector(`#yingda-chat .status[data-status="${status}"]`);
  }

  /** Waits for a bubble of the side with the text in it. */
  async hears(side: "bot" | "agent", text: string): Promise<void> {
    await this.page.locator(`#yingda-chat .row.${side} .bubble`, { hasText: text }).first().waitFor();
  }

  /** The conversation's id, as the widget remembers it. */
  async conversation(): Promise<string> {
    const id = await this.page.evaluate(() => {
      const key = Object.keys(localStorage).find((name) => name.startsWith("yingda.chat."));
      return key ? (JSON.parse(localStorage.getItem(key) ?? "{}") as { conversation?: string }).conversation : undefined;
    });
    assert.ok(id, "the widget remembers no conversation");
    return id;
  }
}
