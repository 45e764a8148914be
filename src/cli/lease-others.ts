/** `leasehold lease scavenge | halt | spawn | check-fence`. */
import { printable } from "../gather/plain-text.js";
import { type LostReason, lostMeanings } from "../lease/index.js";
import { UsageError } from "./exit.js";
import type { StoreFlags } from "./lease-options.js";
import { answerOf, defaultHolder, leaseExit, reading, writing } from "./lease-shell.js";
import { deathMeanings, lasting } from "./lease-text.js";

export interface HaltFlags extends StoreFlags {
  readonly lease?: string;
  readonly lane?: string;
  readonly command?: string;
  readonly reason?: string;
  readonly holder?: string;
  readonly run?: string;
}

export interface SpawnFlags extends StoreFlags {
  readonly reason?: string;
  readonly holder?: string;
  readonly run?: string;
}

export interface FenceFlags extends StoreFlags {
  readonly lane?: string;
  readonly path?: string;
}

const staleMeanings: Readonly<Record<string, string>> = {
  unknown: "it was never granted, or its lease is not kept any more",
  "not-covered": "its lease does not cover that",
  "invalid-path": "the path is not inside the root of the regions; write it relative to that root",
};

export function scavengeCommand(flags: StoreFlags): Promise<number> {
  return writing(flags, async (store) => {
    const outcome = await store.scavenge();
    const lines = outcome.scavenged.map(
      ({ lane, holder, cause }) => `freed lane "${printable(lane)}" of ${printable(holder)}: ${deathMeanings[cause]}`,
    );
    return answerOf(leaseExit.done, outcome, () => `${lines.length === 0 ? "nothing to free" : lines.join("\n")}\n`);
  });
}

export function haltCommand(handle: string, flags: HaltFlags): Promise<number> {
  const { lease, lane, command, reason, holder = defaultHolder(), run } = flags;
  return writing(flags, async (store) => {
    const outcome = await store.halt({
      handle,
      holder,
      ...(lease === undefined ? {} : { leaseId: lease }),
      ...(lane === undefined ? {} : { lane }),
      ...(command === undefined ? {} : { command }),
      ...(reason === undefined ? {} : { reason }),
      ...(run === undefined ? {} : { runId: run }),
    });
    return answerOf(leaseExit.done, outcome, () => `recorded that ${printable(handle)} is to stop; nothing was signalled\n`);
  });
}

export function spawnCommand(lane: string, flags: SpawnFlags): Promise<number> {
  const { reason, holder = defaultHolder(), run } = flags;
  return writing(flags, async (store) => {
    const outcome = await store.spawn({
      lane,
      holder,
      ...(reason === undefined ? {} : { reason }),
      ...(run === undefined ? {} : { runId: run }),
    });
    return answerOf(leaseExit.done, outcome, () => `recorded an intent to take lane "${printable(lane)}"; nothing was granted\n`);
  });
}

export function fenceCommand(token: number, flags: FenceFlags): Promise<number> {
  const { lane, path } = flags;
  if ((lane === undefined) === (path === undefined))
    throw new UsageError("check-fence looks at one thing: give either --lane or --path.");
  const target = lane === undefined ? { path: path ?? "" } : { lane };
  const what = lane === undefined ? `path ${printable(path ?? "")}` : `lane "${printable(lane)}"`;
  const stale = { outcome: "stale", why: "unknown", newest: null } as const;
  const nobody = answerOf(leaseExit.refused, stale, () => `stale: nothing was ever leased here\n`);
  return reading(flags, () => nobody, async (store) => {
    const outcome = await store.checkFence(token, target);
    if (outcome.outcome === "current")
      return answerOf(leaseExit.done, outcome, () => `current: token ${token} is the newest over ${what}, for ${lasting(outcome.remainingMs)}\n`);
    const newest = outcome.newest === null ? "nobody holds it now" : `the newest is ${outcome.newest}`;
    return answerOf(leaseExit.refused, outcome, () => `stale: token ${token} over ${what}: ${staleMeanings[outcome.why] ?? lostMeanings[outcome.why as LostReason]}; ${newest}\n`);
  });
}
