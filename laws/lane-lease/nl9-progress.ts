/** NL9. What is free is granted to who asks, in the order of the queue; the dead stand in nobody's way. */
import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import type { Decide, LaneCommand } from "../../spec/lane-lease/index.js";
import type { ActionInstance, Model } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type ContentionState, actorOf, isDead, show } from "./contention.js";
import { type LaneWord, agePassed, ofLanes } from "./history.js";
import { conflict } from "../../spec/lane-lease/index.js";

export const progress: ModelLaw = {
  id: "NL9",
  title: "progress",
  subject: "lane-lease",
  statement:
    "a free lane is granted within a bounded number of attempts; no lock outlives its process",
  formal:
    "free(lane) ∧ first(p) ∧ attempt(p) ⇒ granted(p); waiting(p) ⇝[≤ principals grants] granted(p) ∨ left(p)",
  why:
    "With four processes one of them did not get through once in five seconds, and a lock whose owner had " +
    "died stood in everybody's way for five minutes.",
  history: [
    ofLanes<"lane.granted">({
      on: ["lane.granted"],
      breach: overtakes,
      witness: ({ log }) => log.lanes.waiters.size > 0,
    }),
  ],
  checks: [
    check<ContentionState>({
      system: laneContention,
      configuration: "queue",
      kind: "step",
      clause: "the first in line gets what is free at its next attempt",
      actions: ["append"],
      breach: passedOver,
      witness: (before, action) =>
        actorOf(before, action)?.phase === "acquiring" &&
        before.registry.leases.some((lease) => isDead(before, lease)) &&
        before.registry.waiters.length > 0,
    }),
    check<ContentionState>({
      system: laneContention,
      configuration: "queue",
      kind: "response",
      clause: "nobody who waits is overtaken without end",
      symmetric: false,
      within: (model: Model) => Number(model.parameters["principals"]),
      unit: "grants to others",
      starts: (_before, _action, after) => waits(after),
      answered: (_before, _action, after) => !waits(after),
      counts: (before, action, after) =>
        action.name === "append" &&
        action.args["principal"] !== 0 &&
        actorOf(before, action)?.phase === "acquiring" &&
        actorOf(after, action)?.phase === "granted",
      breach: (_state, counted) =>
        `principal 0 waits, and ${counted} grants went to others meanwhile`,
    }),
  ],
  mutants: [
    {
      name: "no queue",
      change: "whoever asks first when the lane is free gets it",
      system: laneContention,
      configuration: "queue",
      variant: { log: { decides: withoutQueue } } satisfies ContentionVariant,
    },
    {
      name: "the dead keep their place",
      change: "a waiter whose process has ended stays ahead of the others",
      system: laneContention,
      configuration: "queue",
      variant: { host: { probesWaiters: false } } satisfies ContentionVariant,
    },
    {
      name: "a lock outlives its process",
      change: "a lease whose process has ended stays in the way",
      system: laneContention,
      configuration: "queue",
      variant: { host: { probesHolders: false } } satisfies ContentionVariant,
    },
  ],
};

/** Everybody else's place in the queue is not looked at. */
function withoutQueue(right: Decide): Decide {
  return (state, command, now, evidence) => {
    const asked: LaneCommand = command;
    if (asked.type !== "acquire") return right(state, command, now, evidence);
    const own = asked.wait?.waiterId;
    const waiters = new Map([...state.waiters].filter(([id]) => id === own));
    return right({ ...state, waiters }, command, now, evidence);
  };
}

/** Principal 0 has a place in the queue and lives. */
function waits({ principals }: ContentionState): boolean {
  const [first] = principals;
  return first !== undefined && first.phase === "acquiring" && first.token > 0;
}

function passedOver(
  before: ContentionState,
  action: ActionInstance,
  after: ContentionState,
): Breach {
  const actor = actorOf(before, action);
  if (actor?.phase !== "acquiring" || actorOf(after, action)?.phase === "granted") return null;
  const inForce = before.registry.leases.some((lease) => !isDead(before, lease));
  const living = before.registry.waiters.filter(({ ticket }) =>
    before.principals.some(({ token }) => token === ticket),
  );
  const first = living[0]?.principal ?? action.args["principal"];
  if (inForce || first !== action.args["principal"]) return null;
  const found = before.registry.leases.map(show).join(", ");
  return `${action.label} is not granted, and nobody alive is in its way${found === "" ? "" : `: ${found}`}`;
}

/** A waiter that is gone is recorded as such before somebody behind it is granted what it waits for. */
function overtakes({ log, data, at }: LaneWord<"lane.granted">) {
  for (const waiter of log.lanes.waiters.values()) {
    if (waiter.waiterId === data.waiterId) return null;
    const waited = agePassed(waiter.since, at);
    if (waited === null || waited > waiter.waitMs || !conflict(waiter, data)) continue;
    const reason = `lane "${data.lane}" is granted to ${data.holder}, and ${waiter.holder} waits since ticket ${waiter.ticket}`;
    return { reason, earlier: null };
  }
  return null;
}
