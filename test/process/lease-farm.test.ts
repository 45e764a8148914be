/**
 * Real processes, killed and stopped at random: at most one is inside, tokens grow, nothing acknowledged is lost.
 *
 * FARM_SECONDS and FARM_SEED make it longer and repeat it; FARM_MEMBERS is the number of processes.
 */
import { describe, expect, it } from "vitest";

import { exclusion, runFarm, tokens, type WitnessLine } from "../harness/process-farm.js";

const seed = Number(process.env["FARM_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const seconds = Number(process.env["FARM_SECONDS"] ?? 8);
const members = Number(process.env["FARM_MEMBERS"] ?? 4);

it(`no two processes are inside at once: FARM_SEED=${seed} FARM_SECONDS=${seconds}`, { timeout: seconds * 1000 + 60_000 }, async () => {
  const { breaches, failures, ...counts } = await runFarm({ seed, seconds, members });
  expect({ breaches, failures, counts }).toMatchObject({ breaches: [], failures: [] });
  expect(counts.grants).toBeGreaterThan(20);
  expect(counts.kills + counts.stops).toBeGreaterThan(5);
});

it("the judge finds leases whose holders nobody sees", { timeout: 60_000 }, async () => {
  const { breaches } = await runFarm({ seed: 1, seconds: 2, members: 3, broken: "no-life" });
  expect(breaches[0]).toMatch(/^both inside: /);
});

it("without any lock the log itself says that it was written by two at once", { timeout: 60_000 }, async () => {
  const { breaches, failures } = await runFarm({ seed: 1, seconds: 2, members: 3, broken: "no-lock" });
  expect([...breaches, ...failures].join("\n")).toMatch(/both inside|was given twice|lease\/damaged/);
});

describe("the judge, by the witness alone,", () => {
  const entered = (member: number, token: number, beat: number, at = beat, attachment: "process" | "detached" = "detached"): WitnessLine => ({
    type: "enter", token, lane: "four", attachment, beat, member, pid: 100 + member, at,
  });
  const killed = (member: number, at: number): WitnessLine => ({ type: "kill", member, pid: 100 + member, at });

  it.each<[string, WitnessLine[], number]>([
    ["two inside", [entered(0, 1, 1000), entered(1, 2, 1400)], 1],
    ["the first ran out", [entered(0, 1, 1000), entered(1, 2, 1501)], 0],
    ["the first had beaten again", [entered(0, 1, 1000), { type: "beat", token: 1, lane: "four", beat: 1200, member: 0, pid: 100, at: 1201 }, entered(1, 2, 1501)], 1],
    ["one that was stopped before its word says late that it entered", [entered(0, 165, 2042), entered(1, 136, 1352, 2065)], 0],
    ["one that says late that it entered had not run out", [entered(0, 165, 1842), entered(1, 136, 1352, 2065)], 1],
    ["killed with its process", [entered(0, 1, 1000, 1000, "process"), killed(0, 1001), entered(1, 2, 1010)], 0],
    ["killed, its last word between the announcement and the end", [killed(0, 999), entered(0, 1, 1000, 1000, "process"), entered(1, 2, 1010)], 0],
    ["killed, but the lease was detached", [entered(0, 1, 1000), killed(0, 1001), entered(1, 2, 1010)], 1],
  ])("%s", (_, witnesses, breaches) => {
    expect(exclusion(witnesses)).toHaveLength(breaches);
  });

  it("finds a lower token after a higher one, unless its holder spoke late", () => {
    expect(tokens([entered(0, 5, 1000), entered(1, 4, 1100)])).toHaveLength(1);
    expect(tokens([entered(0, 5, 1000), entered(1, 5, 1100)])).toEqual(["token 5 was given twice"]);
    expect(tokens([entered(0, 165, 2042), entered(1, 136, 1352, 2065)])).toEqual([]);
  });
});
