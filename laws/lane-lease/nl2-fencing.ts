/** NL2. A token is a promise to resources: the higher one is the later one, and only one is the newest. */
import type { WriteEffect } from "../../spec/systems/lane-contention-actions.js";
import type { Decide, LaneCommand } from "../../spec/lane-lease/index.js";
import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type ContentionState, actorOf, isLive, leaseOf, show } from "./contention.js";
import { type LaneWord, ofLanes } from "./history.js";

export const fencing: ModelLaw = {
  id: "NL2",
  title: "fencing",
  subject: "lane-lease",
  statement:
    "each grant's or adoption's token exceeds all before it, compaction or not; a stale token is refused by " +
    "checkFence",
  formal: "grant(t) ∨ adopt(t) ⇒ t > max(given); write(t) accepted ⇔ t = token(l) ∧ live(l)",
  why:
    "After a compaction the counter started again from the survivors: a new grant carried the number of an " +
    "old one, and resources could not tell their holders apart.",
  history: [
    ofLanes<"lane.granted" | "lane.adopted" | "lane.waiting">({
      on: ["lane.granted", "lane.adopted", "lane.waiting"],
      breach: notAbove,
    }),
  ],
  checks: [
    check<ContentionState>({
      system: laneContention,
      configuration: "adoption",
      kind: "step",
      clause: "tokens only rise",
      actions: ["append"],
      breach: tokenNotAbove,
      witness: (before, _action, after) =>
        before.registry.leases.length > 0 && after.registry.mark > before.registry.mark,
    }),
    check<ContentionState, WriteEffect>({
      system: laneContention,
      configuration: "adoption",
      kind: "step",
      clause: "a resource takes the newest token and no other",
      actions: ["write"],
      breach: wronglyTaken,
      witness: (before, action) =>
        leaseOf(before, actorOf(before, action)?.token ?? 0) === undefined,
    }),
  ],
  mutants: [
    {
      name: "compaction forgets the mark",
      change: "after a compaction tokens go on from the highest one in force",
      system: laneContention,
      configuration: "adoption",
      variant: {
        log: {
          compacts: (registry) => ({
            ...registry,
            mark: Math.max(0, ...registry.leases.map(({ token }) => token)),
          }),
        },
      } satisfies ContentionVariant,
    },
    {
      name: "adoption keeps the token",
      change: "an adopted lease goes on under the number of its old holder",
      system: laneContention,
      configuration: "adoption",
      variant: {
        log: {
          machine: (machine) => machine.provide({ guards: { raisesToken: () => true } }),
          rules: () => ({ mintForAdoption: (_state, { record }) => record.fencingToken }),
        },
      } satisfies ContentionVariant,
    },
    {
      name: "the fence knows no end",
      change: "a resource takes every token that was ever given",
      system: laneContention,
      configuration: "adoption",
      variant: {
        log: {
          decides: takesEveryToken,
        },
      } satisfies ContentionVariant,
    },
  ],
};

/** Every token up to the mark is current. */
function takesEveryToken(right: Decide): Decide {
  return (state, command, now, evidence) => {
    const asked: LaneCommand = command;
    const decision = right(state, command, now, evidence);
    if (asked.type !== "checkFence" || asked.fencingToken > state.tokenMark) return decision;
    const outcome = { outcome: "current", leaseId: "g0", remainingMs: 0 } as const;
    return { ...decision, outcome } as typeof decision;
  };
}

function tokenNotAbove(
  before: ContentionState,
  action: ActionInstance,
  after: ContentionState,
): Breach {
  const { leases } = after.registry;
  if (leases === before.registry.leases) return null;
  for (const lease of leases) {
    const was = before.registry.leases.find(({ id }) => id === lease.id);
    const moved = was === undefined || was.token !== lease.token || was.holder !== lease.holder;
    const adopted =
      actorOf(before, action)?.phase === "adopting" && was !== undefined && was !== lease;
    if (!moved && !(adopted && was.age !== lease.age)) continue;
    if (lease.token > before.world.given) continue;
    return `${show(lease)} is new, and token ${before.world.given} was given before`;
  }
  return null;
}

function wronglyTaken(
  before: ContentionState,
  action: ActionInstance,
  _after: ContentionState,
  effects: readonly WriteEffect[],
): Breach {
  const principal = actorOf(before, action);
  const [effect] = effects;
  if (principal === undefined || effect === undefined) return null;
  const lease = leaseOf(before, principal.token);
  const newest = lease !== undefined && lease.lane === principal.lane && isLive(before, lease);
  if (newest === (effect.type === "written")) return null;
  const fate = lease === undefined ? "is over" : `is of ${show(lease)}`;
  return `token ${effect.token} ${fate}, and the resource says "${effect.type}"`;
}

function notAbove({ log, data }: LaneWord<"lane.granted" | "lane.adopted" | "lane.waiting">) {
  const given = "ticket" in data ? data.ticket : data.fencingToken;
  const mark = log.lanes.tokenMark;
  if (given > mark) return null;
  return { reason: `number ${given} is given, and ${mark} was given before`, earlier: log.markIn };
}
