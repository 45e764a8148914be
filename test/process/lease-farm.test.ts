/**
 * Real processes, killed and stopped at random: at most one is inside, tokens grow, nothing acknowledged is lost.
 *
 * FARM_SECONDS and FARM_SEED make it longer and repeat it; FARM_MEMBERS is the number of processes.
 */
import { expect, it } from "vitest";

import { runFarm } from "../harness/process-farm.js";

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
