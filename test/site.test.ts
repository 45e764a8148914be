/** The web page of a report as files: complete, self-contained, and safe whatever names and states hold. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, it } from "vitest";

import { loadLayout } from "../src/report/charts/dot.js";
import { scriptJson, siteOf } from "../src/report/site/site.js";
import { leasehold } from "./harness/command.js";
import { reportOn, sourceFor } from "./harness/documents.js";

const layout = await loadLayout();
const directory = mkdtempSync(join(tmpdir(), "leasehold-site-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const { laws, report } = reportOn("L2", "LL8");
const assets = { script: "/* script */", style: "/* style */" };

describe("the folder", () => {
  const files = siteOf(sourceFor(report, laws), layout, assets);

  it("has a page, a script, a style and the data", () => {
    expect([...files.keys()].sort()).toEqual(["data.js", "index.html", "page.css", "page.js"]);
  });

  it("names nothing outside of itself, and has no script or style in the page", () => {
    const html = files.get("index.html") ?? "";
    const named = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(["data.js", "data:,", "page.css", "page.js"]);
    expect(html).not.toMatch(/<script>|<style|style=|\son\w+=/);
    expect(html).toMatch(/default-src 'none'/);
  });

  it("holds every law of the report and a play for every mutant that was caught", () => {
    const page: { leasehold?: { laws: { id: string }[]; plays: { law: string; mutant: string }[] } } = {};
    runInNewContext(files.get("data.js") ?? "", { window: page });
    expect(page.leasehold?.laws.map(({ id }) => id)).toEqual(["L2", "LL8"]);
    const caught = report.laws.flatMap(({ id, mutants }) => mutants.map(({ name }) => `${id} ${name}`));
    expect(page.leasehold?.plays.map(({ law, mutant }) => `${law} ${mutant}`)).toEqual(caught);
  });
});

describe("data in a script", () => {
  it("is one literal: no tag ends it, no comment opens, no line separator breaks it", () => {
    const value = { text: "</script><!--<script>&\u2028\u2029\\\"'`${1}", "__proto__ </script>": 1 };
    const text = scriptJson(value);
    expect(text).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe("verify --report", () => {
  it("writes the folder with the page's script, as it was built", { timeout: 60_000 }, async () => {
    const out = join(directory, "report");
    const { code, stderr } = await leasehold("verify", "--law", "LL8", "--bounds", "small", "--report", out);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(readdirSync(out).sort()).toEqual(["data.js", "index.html", "page.css", "page.js"]);
    expect(readFileSync(join(out, "data.js"), "utf8")).toMatch(/^window\.leasehold = \{/);
  });
});
