/** A headless Chromium without a network, when the machine has one. */
import { existsSync } from "node:fs";

import { type Browser, chromium } from "playwright-core";

const executable = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Why there is no browser here; null when there is one. */
export const noBrowser: string | null = existsSync(executable)
  ? null
  : `there is no ${executable}; install Chromium, or name one in CHROMIUM`;

export function launch(): Promise<Browser> {
  const args = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
  ];
  return chromium.launch({ executablePath: executable, args });
}
