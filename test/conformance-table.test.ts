/** The table of mutants is made from the laws, their findings, what is judged of ours, and the last `npm run mutants`. */
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";

import { laws } from "../laws/index.js";
import { checkOurs } from "../src/conformance/index.js";
import { checkedInFindings } from "./harness/documents.js";
import { implementationMutants } from "./mutants/mutants.js";
import type { MutantResult } from "./mutants/result.js";
import { type ModelFindings, elsewhere, explanations, judgedAfterAll, mutantsTable, unjudged } from "./mutants/table.js";

const results = JSON.parse(readFileSync(new URL("mutants/results.json", import.meta.url), "utf8")) as readonly MutantResult[];

describe("changes of the source code", () => {
  test("are at least forty, each was tried, and at least 95 of 100 are caught; the rest are explained", () => {
    expect(implementationMutants.length).toBeGreaterThanOrEqual(40);
    expect(results.map(({ file, name }) => `${file} ${name}`)).toEqual(implementationMutants.map(({ file, name }) => `${file} ${name}`));
    const survivors = results.filter(({ caughtBy }) => caughtBy === null);
    expect(survivors.length * 100).toBeLessThanOrEqual(5 * results.length);
    expect(survivors.map(({ name }) => name).filter((name) => explanations[name] === undefined)).toEqual([]);
  });

  test("still fit the sources: each text to be changed occurs once", () => {
    const lost = implementationMutants.filter(({ file, find }) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8").split(find).length !== 2);
    expect(lost.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });
});

const findings = JSON.parse(readFileSync(new URL("../docs/laws/findings.json", import.meta.url), "utf8")) as ModelFindings;

/** Asked once: it takes some seconds. */
let judged: Awaited<ReturnType<typeof checkOurs>>;
beforeAll(async () => {
  judged = await checkOurs();
}, 120_000);

test("what is judged of ours holds, each law that no model decides among it, and every broken program is caught", () => {
  expect(judged.filter(({ verdict }) => verdict !== "holds")).toEqual([]);
  expect(judged.flatMap(({ mutants }) => mutants).filter(({ caught }) => !caught)).toEqual([]);
  const judgedLaws = new Set(judged.map(({ law }) => law));
  for (const law of ["NL1", "NL9", "NL10", "L8", "L15", "L16", "LL1", "LL5", "LL7", "LL10"]) expect(judgedLaws).toContain(law);
});

test("the law documents say of the programs of this package what the kit says of them now", () => {
  const asked = checkedInFindings().laws.flatMap((law) => law.judged.filter(({ on }) => !on.endsWith(".yaml")));
  const now = judged.map(({ scripts: _, steps: __, ...rest }) => rest);
  expect(asked).toEqual(laws.flatMap(({ id }) => now.filter(({ law }) => law === id)));
});

test("each law of the catalogue is judged on something of ours, or the table says why not and where", async () => {
  expect(unjudged(laws, judged)).toEqual([]);
  expect(judgedAfterAll(laws, judged)).toEqual([]);
  const tests = elsewhere.flatMap((one) => one.tests);
  expect(tests.filter((name) => !existsSync(new URL(`${name}.test.ts`, import.meta.url)))).toEqual([]);
  const table = mutantsTable(laws, findings, judged, results);
  await expect(table).toMatchFileSnapshot("../docs/mutants.md");
});
