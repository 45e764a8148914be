/** The table of mutants is made from the laws, their findings, what is judged of ours, and the last `npm run mutants`. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { laws } from "../laws/index.js";
import { checkOurs } from "../src/conformance/index.js";
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

test("each law of the catalogue is judged on something of ours, or the table says why not and where", async () => {
  const judged = await checkOurs();
  expect(unjudged(laws, judged)).toEqual([]);
  expect(judgedAfterAll(laws, judged)).toEqual([]);
  const tests = elsewhere.flatMap((one) => one.tests);
  expect(tests.filter((name) => !existsSync(new URL(`${name}.test.ts`, import.meta.url)))).toEqual([]);
  const table = mutantsTable(laws, findings, judged, results);
  await expect(table).toMatchFileSnapshot("../docs/mutants.md");
});
