/** NL5. An adoption is a compare-and-swap: on the token, and for a reason. */
import { assign } from "xstate";

import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import {
  type ContentionState,
  type RegistryLease,
  actorOf,
  holderIsGone,
  show,
  timeIsOver,
} from "./contention.js";
import { type LaneWord, nameOf, ofLanes, trailOf } from "./history.js";

export const adoption: ModelLaw = {
  id: "NL5",
  title: "adoption",
  subject: "lane-lease",
  statement:
    "adopt changes holder, secret, token and freshness only; one of two adopters wins; both folds agree",
  formal:
    "adopt(l, t) ∧ l' ≠ l ⇒ token(l) = t ∧ (gone(l) ∨ forced) ∧ id, lane(l') = id, lane(l) ∧ age(l') = 0",
  why:
    "Two adopters were both told that the lease is theirs, neither showed that its holder was gone, and one " +
    "reader of the log took the adopted lease for an hour old and reaped it.",
  history: [ofLanes<"lane.adopted">({ on: ["lane.adopted"], breach: notToBeAdopted })],
  checks: [
    check<ContentionState>({
      system: laneContention,
      configuration: "adoption",
      kind: "step",
      clause: "of the token it saw, with a reason, before its time is over",
      actions: ["append"],
      breach: wronglyAdopted,
      witness: adopts,
    }),
    check<ContentionState>({
      system: laneContention,
      configuration: "adoption",
      kind: "step",
      clause: "the second of two adopters changes nothing",
      actions: ["append"],
      breach: (before, action, after) =>
        comesSecond(before, action) && after.registry !== before.registry
          ? `${action.label} changes the log, and the token it saw has moved`
          : null,
      witness: comesSecond,
    }),
  ],
  mutants: [
    {
      name: "no compare-and-swap",
      change: "the token that an adopter saw is not compared",
      system: laneContention,
      configuration: "adoption",
      variant: {
        log: {
          machine: (machine) => machine.provide({ guards: { followsCurrentToken: () => true } }),
        },
      } satisfies ContentionVariant,
    },
    {
      name: "no evidence needed",
      change: "a lease is taken over from a holder that lives",
      system: laneContention,
      configuration: "adoption",
      variant: {
        log: { machine: (machine) => machine.provide({ guards: { holderGone: () => true } }) },
      } satisfies ContentionVariant,
    },
    {
      name: "expired leases are adopted",
      change: "a lease whose time is over goes on under a new holder",
      system: laneContention,
      configuration: "adoption",
      variant: {
        log: { machine: (machine) => machine.provide({ guards: { isExpired: () => false } }) },
      } satisfies ContentionVariant,
    },
    {
      name: "adopted as old as it was",
      change: "an adoption does not count as a beat",
      system: laneContention,
      configuration: "adoption",
      variant: {
        log: {
          machine: (machine) =>
            machine.provide({
              actions: {
                handOver: assign(({ context, event }) =>
                  event.type === "lease.adopted" ? { fencingToken: event.fencingToken } : context,
                ),
              },
            }),
        },
      } satisfies ContentionVariant,
    },
  ],
};

/** The lease that the actor of this step wants, as it stands. */
function wanted(before: ContentionState, action: ActionInstance): RegistryLease | undefined {
  const actor = actorOf(before, action);
  if (actor?.phase !== "adopting") return undefined;
  return before.registry.leases.find(({ id }) => id === actor.lease);
}

function comesSecond(before: ContentionState, action: ActionInstance): boolean {
  const lease = wanted(before, action);
  return lease !== undefined && lease.token !== actorOf(before, action)?.expected;
}

function adopts(before: ContentionState, action: ActionInstance, after: ContentionState): boolean {
  return wanted(before, action) !== undefined && after.registry !== before.registry;
}

function wronglyAdopted(
  before: ContentionState,
  action: ActionInstance,
  after: ContentionState,
): Breach {
  const was = wanted(before, action);
  const actor = actorOf(before, action);
  if (was === undefined || actor === undefined || after.registry === before.registry) return null;
  const is = after.registry.leases.find(({ id }) => id === was.id);
  if (is === undefined) return `${action.label} ends ${show(was)}`;
  if (is.lane !== was.lane) return `${action.label} moves ${show(was)} to another lane`;
  if (is.holder !== action.args["principal"])
    return `${action.label} leaves ${show(was)} to its holder`;
  if (is.age !== 0) return `${action.label}: ${show(is)} is as old as before`;
  if (actor.expected !== was.token)
    return `${action.label} takes ${show(was)}, but saw token ${actor.expected}`;
  if (timeIsOver(before, was)) return `${action.label} takes ${show(was)}, whose time is over`;
  if (!actor.forced && !holderIsGone(before, was))
    return `${action.label} takes ${show(was)}, whose holder lives`;
  return null;
}

function notToBeAdopted({ log, data, at }: LaneWord<"lane.adopted">) {
  const entry = log.lanes.leases.get(data.leaseId);
  if (entry === undefined) {
    if (log.lanes.ended.has(data.leaseId)) return null;
    return { reason: `lease ${data.leaseId} is adopted, and the log has none of that id`, earlier: null };
  }
  const { fencingToken, attachment, heartbeatAt } = entry.record;
  const because = {
    forced: data.because === null ? "by force and for no reason" : null,
    "process-gone": attachment === "process" ? null : "for a process that it does not hang on",
    "other-boot":
      attachment === "process" && heartbeatAt?.bootId !== at.bootId ? null : "for a reboot that there was not",
  }[data.evidence];
  const wrong = data.previousToken === fencingToken ? because : `by somebody who saw token ${data.previousToken}`;
  if (wrong === null) return null;
  return { reason: `${nameOf(entry)} is adopted ${wrong}`, earlier: trailOf(log, data.leaseId)?.renewedIn ?? null };
}
