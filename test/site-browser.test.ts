/**
 * The page of a report in a browser, from the disk and offline: it shows what was found, runs the compiled
 * machines, plays counterexamples by keys, fits a phone, and is readable in both colour schemes.
 *
 * Skipped, with the reason in the name, where there is no Chromium.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { bundlePage } from "../src/build/page.js";
import { loadLayout } from "../src/report/charts/dot.js";
import { siteOf } from "../src/report/site/site.js";
import type { VerifyReport } from "../src/verify/index.js";
import { launch, noBrowser } from "./harness/chromium.js";
import { reportOn, root, sourceFor } from "./harness/documents.js";

const { laws, report: found } = reportOn("L2", "L11b", "LL3", "LL5", "LL8");
/** As at small bounds, where nobody asks the programs. */
const report: VerifyReport = {
  ...found,
  laws: found.laws.map((law) => (law.id === "LL5" ? { ...law, status: "not-yet-checked", judged: [] } : law)),
};
let browser: Browser;
let directory: string;

/** Writes a report's folder; gives the address of its page. */
async function write(name: string, of: VerifyReport, from = laws): Promise<string> {
  const folder = join(directory, name);
  mkdirSync(folder);
  const [script = "", style = ""] = ["page.js", "page.css"].map((file) => readFileSync(join(directory, file), "utf8"));
  const files = siteOf(sourceFor(of, from), await loadLayout(), { script, style });
  for (const [file, text] of files) writeFileSync(join(folder, file), text);
  return pathToFileURL(join(folder, "index.html")).href;
}

interface Opened {
  readonly page: Page;
  /** Errors, complaints of the console, and requests that left the disk. */
  readonly complaints: string[];
  go(hash: string): Promise<void>;
}

async function open(address: string, options: { width?: number; scheme?: "light" | "dark" } = {}): Promise<Opened> {
  const { width = 1280, scheme = "light" } = options;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, offline: true });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
  });
  await page.goto(address);
  const go = async (hash: string): Promise<void> => {
    await page.evaluate((to) => (globalThis as unknown as { location: { hash: string } }).location.hash = to, hash);
    await page.waitForSelector("h2");
  };
  return { page, complaints, go };
}

describe.skipIf(noBrowser !== null)(`the page in a browser${noBrowser === null ? "" : `, skipped: ${noBrowser}`}`, () => {
  let address: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "leasehold-page-"));
    await bundlePage(root, directory);
    browser = await launch();
    address = await write("report", report);
  });

  afterAll(async () => {
    await browser.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("lists the laws, and search and filters narrow the list", async () => {
    const { page, complaints } = await open(address);
    const ids = (): Promise<string[]> => page.locator(".laws tbody td:first-child").allTextContents();
    expect(await ids()).toEqual(["L2", "L11b", "LL3", "LL5", "LL8"]);
    await page.getByLabel("Search").fill("attempt fencing");
    expect(await ids()).toEqual(["LL8"]);
    await page.getByLabel("Search").fill("");
    await page.locator("#subject").selectOption("Worker leases");
    expect(await ids()).toEqual(["LL3", "LL5", "LL8"]);
    await page.locator("#status").selectOption("no model decides it");
    expect(await ids()).toEqual(["LL5"]);
    await page.getByLabel("Search").fill("no such law");
    expect(await page.locator(".laws").textContent()).toBe("No law fits.");
    expect(complaints).toEqual([]);
  });

  it("keeps search and filters in the address: a law and back again finds the list as it was", async () => {
    const { page, complaints } = await open(address);
    const ids = (): Promise<string[]> => page.locator(".laws tbody td:first-child").allTextContents();
    await page.locator("#subject").selectOption("Worker leases");
    await page.getByLabel("Search").fill("fencing");
    expect(await ids()).toEqual(["LL8"]);
    await page.getByRole("link", { name: "LL8" }).click();
    await page.waitForSelector("blockquote");
    await page.goBack();
    await page.waitForSelector("#query");
    expect([await page.getByLabel("Search").inputValue(), await page.locator("#subject").inputValue()]).toEqual(["fencing", "Worker leases"]);
    expect(await ids()).toEqual(["LL8"]);
    expect(complaints).toEqual([]);
  });

  it("is used by keys alone, and the focus is seen wherever it is", async () => {
    const { page, complaints } = await open(address);
    const focused = (): Promise<string> => page.evaluate<string>("document.activeElement.textContent.trim() || document.activeElement.id");
    const outline = (): Promise<string> => page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle");
    const seen: string[] = [];
    for (let press = 0; press < 11; press += 1) {
      await page.keyboard.press("Tab");
      seen.push(await focused());
      expect({ at: seen.at(-1), outline: await outline() }).toEqual({ at: seen.at(-1), outline: "solid" });
    }
    expect(seen.slice(0, 5)).toEqual(["Skip to the content", "Laws", "Machines", "Counterexamples", "State spaces"]);
    expect(seen.at(-1)).toBe("L2");
    await page.keyboard.press("Enter");
    await page.waitForSelector("blockquote");
    expect(await focused()).toMatch(/^L2 /);
    expect(complaints).toEqual([]);
  });

  it("shows what was asked of programs, and what closes the law", async () => {
    const { page } = await open(`${address}#law/LL8`);
    const text = (await page.locator("main").textContent()) ?? "";
    for (const part of ["On what runs", "worker plane", "Judged by these tests", "At run time", "In source code", "History"]) {
      expect(text).toContain(part);
    }
  });

  it("runs the compiled machine: state, guards, effects, rows, and back again", async () => {
    const { page, complaints, go } = await open(`${address}#machine/run`);
    const fire = (): Promise<void> => page.getByRole("button", { name: "Fire" }).click();
    const state = (): Promise<string | null> => page.locator(".state-name").textContent();
    expect(await state()).toBe("queued");
    await page.locator("#event").selectOption("session.alive");
    await fire();
    expect(await page.locator(".items").allTextContents()).toEqual(["Guards: ✗ wasAlive✗ answersAbsence", "Effects: recordAlive"]);
    await page.locator("#event").selectOption("session.gone");
    for (let report = 0; report < 3; report += 1) await fire();
    expect(await page.locator(".items").last().textContent()).toBe("Effects: gatherEvidence(observer=local:a)");
    await page.locator("#event").selectOption("evidence.gathered");
    expect(await page.locator(".chip.taken").count()).toBe(1);
    await fire();
    expect(await state()).toBe("failed");
    expect(await page.locator("#run-failed").getAttribute("class")).toContain("current");
    expect(await page.locator(".chart .edge.taken").count()).toBe(1);
    await page.locator("#event").selectOption("user.stopped");
    expect(await page.locator(".panel").textContent()).toContain("failed ignores user.stopped.");
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await state()).toBe("queued");
    await go("machine/lease");
    expect(await state()).toBe("free");
    expect(complaints).toEqual([]);
  });

  it("plays a counterexample by keys, with the changes and the breach where it happens", async () => {
    const { page, complaints } = await open(address);
    await page.goto(`${address}#law/LL8`);
    await page.getByRole("link", { name: /^Play the counterexample of LL8/ }).first().click();
    const caption = page.locator(".caption");
    const mutant = report.laws.find(({ id }) => id === "LL8")?.mutants[0];
    const steps = mutant?.counterexample?.steps ?? [];
    const last = steps.length - 1;
    expect(await caption.textContent()).toBe(`Step 0 of ${last}: init`);
    await page.keyboard.press("ArrowRight");
    expect(await caption.textContent()).toBe(`Step 1 of ${last}: ${steps[1]?.action ?? ""}`);
    expect(await page.locator("mark").count()).toBe(steps[1]?.changes.length);
    expect(await page.locator(".breach[role=alert]").count()).toBe(0);
    await page.keyboard.press("End");
    expect(await page.locator(".breach[role=alert]").textContent()).toContain(mutant?.counterexample?.breach);
    await page.keyboard.press("ArrowLeft");
    expect(await page.locator(".breach[role=alert]").count()).toBe(0);
    await page.keyboard.press("Home");
    expect(await page.locator("mark").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("plays each script of a law that compares several", async () => {
    const { page } = await open(address);
    const play = report.laws.flatMap(({ mutants }) => mutants).findIndex(({ counterexample }) => counterexample?.law === "L2");
    await page.goto(`${address}#play/${play}`);
    const options = await page.getByLabel("Script").locator("option").count();
    expect(options).toBeGreaterThan(1);
    for (let script = 0; script < options; script += 1) {
      await page.getByLabel("Script").selectOption(String(script));
      await page.getByRole("button", { name: "Last step" }).click();
      expect(await page.locator(".breach[role=alert]").count()).toBe(1);
    }
  });

  it("is readable and named for everybody, in both schemes, and no wider than a phone", { timeout: 120_000 }, async () => {
    const views = ["laws", "law/L11b", "machines", "machine/lane-lease", "plays", "play/0", "spaces", "nowhere"];
    for (const [scheme, width] of [["light", 390], ["dark", 1280]] as const) {
      const { page, complaints, go } = await open(address, { scheme, width });
      await page.evaluate(axe.source);
      for (const view of views) {
        await go(view);
        if (view.startsWith("play/")) await page.keyboard.press("End");
        if (view.startsWith("machine/")) await page.getByRole("button", { name: "Fire" }).click();
        const found = await page.evaluate<{ id: string; nodes: string[] }[]>(`axe.run({ preload: false }).then(({ violations }) =>
          violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) })))`);
        expect({ view, scheme, found }).toEqual({ view, scheme, found: [] });
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        expect({ view, width, wide: Math.max(0, wide) }).toEqual({ view, width, wide: 0 });
      }
      expect(complaints).toEqual([]);
    }
  });

  it("keeps the theme somebody chose", async () => {
    const { page } = await open(address, { scheme: "light" });
    const ground = (): Promise<string> => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    const button = page.getByRole("button", { name: /^Theme/ });
    await button.click();
    await button.click();
    expect(await button.textContent()).toBe("Theme: dark");
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
  });

  it("takes names, states and breaches for text, whatever they hold", async () => {
    const evil = `</script><img src=x onerror="window.taken=1"><b>\u2028\`x\``;
    const [law] = laws.filter(({ id }) => id === "LL8");
    const [found] = report.laws.filter(({ id }) => id === "LL8");
    if (law === undefined || found === undefined) throw new Error("there is no LL8");
    const mutants = found.mutants.map((one) => ({
      ...one,
      name: evil,
      change: evil,
      counterexample:
        one.counterexample === null
          ? null
          : {
              ...one.counterexample,
              mutant: evil,
              breach: evil,
              steps: one.counterexample.steps.map((step) => ({
                ...step,
                action: evil,
                actors: [evil, `${evil}2`] as const,
                changes: [{ field: evil, from: 1, to: evil }],
                effects: [{ type: evil, [evil]: evil }],
              })),
            },
    }));
    const hostile = { ...report, laws: [{ ...found, mutants }] };
    const { page, complaints, go } = await open(
      await write("hostile", hostile, [{ ...law, title: evil, statement: evil, formal: evil, why: evil }]),
    );
    for (const view of ["laws", "law/LL8", "plays", "play/0", evil]) {
      await go(encodeURIComponent(view));
      await page.keyboard.press("End");
      expect(await page.locator("img, b").count()).toBe(0);
    }
    await go("law/LL8");
    expect(await page.locator("h2").textContent()).toContain("<img src=x");
    expect(await page.evaluate("window.taken")).toBeUndefined();
    expect(complaints).toEqual([]);
  });
});
