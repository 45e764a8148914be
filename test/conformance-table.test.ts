/** The table of mutants is made from the laws, what is judged of ours, and the last run of `npm run mutants`. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { laws } from "../laws/index.js";
import { checkOurs } from "../src/conformance/index.js";
import { implementationMutants } from "./mutants/mutants.js";
import type { MutantResult } from "./mutants/result.js";
import { explanations, mutantsTable, unjudged } from "./mutants/table.js";

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

test("each law of the catalogue is judged on something of ours, or the table says where", async () => {
  const judged = await checkOurs();
  expect(unjudged(laws, judged)).toEqual([]);
  await expect(mutantsTable(laws, judged, results)).toMatchFileSnapshot("../docs/mutants.md");
});
