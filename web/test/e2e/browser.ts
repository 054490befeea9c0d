import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Starts the system's Chromium (CHROMIUM overrides its path). */
export function launch(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`${executablePath} does not exist: install chromium, or set CHROMIUM to a Chromium's path`);
  }
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}
