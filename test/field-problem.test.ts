/** What is wrong with a field is said in our words: the field, what was found, what is expected. */
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { laneRequest } from "../spec/lane-lease/index.js";
import { fieldProblem } from "../spec/vocabulary/field-problem.js";

const good = { lane: "a", holder: "h" };
const long = "x".repeat(300);

describe("a request for a lease", () => {
  test.each([
    [{ ...good, runId: "" }, "runId", '""', "it is not to be empty"],
    [{ ...good, runId: long }, "runId", `"${"x".repeat(59)}…, 300 characters`, "it has at most 200 characters"],
    [{ ...good, holder: 5 }, "holder", "5", "it is to be a string"],
    [{ lane: "a" }, "holder", "missing", "it is to be a string"],
    [{ ...good, ttlMs: -1 }, "ttlMs", "-1", "it is at least 1 millisecond"],
    [{ ...good, ttlMs: 1e12 }, "ttlMs", "1000000000000", "it is at most 604800000 milliseconds (7 days)"],
    [{ ...good, ttlMs: Number.NaN }, "ttlMs", "NaN", "it is to be a finite number"],
    [{ ...good, ttlMs: "1m" }, "ttlMs", '"1m"', "it is to be a finite number"],
    [{ ...good, mode: "both" }, "mode", '"both"', 'it is one of "exclusive", "shared"'],
    [{ ...good, region: "src" }, "region", '"src"', "it is to be a list"],
    [{ ...good, children: Array.from({ length: 65 }, () => "c") }, "children", `["c"${',"c"'.repeat(14)}…`, "it has at most 64 entries"],
    [{ ...good, meta: { a: () => 1 } }, "meta.a", "a function", "it is of no known form"],
    [null, "", "null", "it is to be an object"],
    [undefined, "", "missing", "it is to be an object"],
  ])("%j: field, found, expected", (input, field, found, hint) => {
    expect(laneRequest(input).invalid).toEqual({ kind: "not-a-request", field, found, hint });
  });
});

test("no words of the schema library reach a person, whatever the schema says", () => {
  const schema = z.strictObject({ id: z.string().regex(/^a$/, "the letter a"), kind: z.union([z.literal(1), z.literal(2)]), at: z.int().min(3) });
  const inputs = [{}, { id: "b" }, { id: "a", kind: 3 }, { id: "a", kind: 1, at: 2.5 }, { id: "a", kind: 1, at: 1 }, { id: "a", kind: 1, at: 3, more: 1 }];
  for (const input of inputs) {
    const issue = schema.safeParse(input).error?.issues[0];
    expect(issue).toBeDefined();
    const { found, hint } = fieldProblem(issue, input);
    expect(`${found}: ${hint}`).not.toMatch(/Invalid|expected|Too (small|big)|received|Unrecognized/);
  }
});

test("keys of the object's own machinery are no values of it", () => {
  const { invalid } = laneRequest(JSON.parse('{"lane":"a","__proto__":{"holder":"me"},"constructor":1}'));
  expect(invalid).toMatchObject({ field: "holder", found: "missing" });
  expect(laneRequest({ ...good, meta: JSON.parse('{"__proto__":{"polluted":true}}') as object }).invalid).toBeNull();
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
});
