/**
 * NL7. One holder at a steady pace, with every beat written and with beats that may be elided: the lease stands
 * the same after each round. The pace is anything up to the renew deadline: a slower holder stops by itself.
 */
import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import { createLaneLeaseMachine } from "../../spec/lane-lease/index.js";
import { laneCoalesceMsMax } from "../../spec/vocabulary/lane.js";
import type { Stamp } from "../../spec/vocabulary/lane.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, type ScriptCase, type ScriptOutcome, check } from "../law.js";
import { type ContentionState, actorOf, actsAsHolder, isLive, leaseOf } from "./contention.js";

const byWall = (stamp: Stamp, now: Stamp): number => now.wallMs - stamp.wallMs;

/** The lease of principal 0 lives. */
function holds(state: ContentionState): boolean {
  const lease = leaseOf(state, state.principals[0]?.token ?? 0);
  return lease !== undefined && isLive(state, lease);
}

const atEveryPace = check<ContentionState>({
  kind: "convergence",
  system: laneContention,
  configuration: "pace",
  clause: "at every pace",
  symmetric: false,
  cases: (state, actions) => {
    const [holder] = state.principals;
    if (holder === undefined || holder.beat !== "none" || !actsAsHolder(state, holder)) return [];
    const tick = actions.get("tick").id;
    const append = actions.get("append", { principal: 0 }).id;
    const hear = actions.get("hear", { principal: 0 }).id;
    const rounds = (coalesce: boolean, pace: number): number[] => {
      const beat = actions.get("beat", { principal: 0, coalesce }).id;
      const round = [beat, append, hear, ...Array.from({ length: pace }, () => tick)];
      return Array.from({ length: Math.ceil((state.policy.ttl + 2) / pace) }, () => round).flat();
    };
    return Array.from({ length: state.policy.renewDeadline }, (_, index): ScriptCase => {
      const pace = index + 1;
      return {
        label: `a beat every ${pace} ticks`,
        scripts: [rounds(false, pace), rounds(true, pace)],
      };
    });
  },
  breach: ([written, elided], { label }) => {
    if (written === undefined || elided === undefined) return null;
    const place = firstDifference(written, elided);
    if (place === null) return null;
    return (
      `${label}: after ${place} steps the lease ${wordOf(written, place)} with every beat written, and ` +
      `${wordOf(elided, place)} with elided ones`
    );
  },
  witness: ([, elided]) =>
    elided?.steps.some(({ before, after }) => isElision(before, after)) === true,
});

function isElision(before: ContentionState, after: ContentionState): boolean {
  return (
    before.principals[0]?.beat === "coalescing" &&
    after.principals[0]?.beat === "done" &&
    after.registry === before.registry
  );
}

type Outcome = ScriptOutcome<ContentionState>;

function firstDifference(one: Outcome, other: Outcome): number | null {
  const length = Math.max(one.steps.length, other.steps.length);
  for (let place = 0; place < length; place += 1) {
    if (wordOf(one, place) !== wordOf(other, place)) return place;
  }
  return null;
}

function wordOf({ steps }: Outcome, place: number): "lives" | "is over" {
  const step = steps[place];
  return step !== undefined && holds(step.after) ? "lives" : "is over";
}

const elidedWhileYoung = check<ContentionState>({
  kind: "step",
  system: laneContention,
  configuration: "pace",
  clause: "only while the last written beat is young",
  actions: ["append"],
  breach: elidesOld,
  witness: (before, action, after) =>
    actorOf(before, action)?.beat === "coalescing" && after.registry === before.registry,
});

function elidesOld(
  before: ContentionState,
  action: ActionInstance,
  after: ContentionState,
): Breach {
  const holder = actorOf(before, action);
  if (holder?.beat !== "coalescing" || actorOf(after, action)?.beat !== "done") return null;
  const is = leaseOf(after, holder.token);
  if (is === undefined || is.age < laneCoalesceMsMax(before.policy.ttl)) return null;
  return `${action.label}: a beat is confirmed, and the last one in the log is ${is.age} ticks old`;
}

export const coalescing: ModelLaw = {
  id: "NL7",
  title: "coalescing",
  subject: "lane-lease",
  statement: "eliding beats never changes whether a lease is live at any later time",
  formal:
    "∀ pace ≤ renewDeadline: live(l) after (beat · tickⁿ)* = live(l) after (elidableBeat · tickⁿ)*",
  why:
    "The clock was set back an hour: every beat looked younger than the last one and was elided, the holder " +
    "was told that all is well, and the lease was reaped.",
  checks: [atEveryPace, elidedWhileYoung],
  mutants: [
    {
      name: "elides whatever lives",
      change: "a beat is elided as long as the lease is not dead",
      system: laneContention,
      configuration: "pace",
      variant: {
        log: {
          rules: () => ({ elides: (age, coalesceMs) => coalesceMs > 0 && age !== "unknown" }),
        },
      } satisfies ContentionVariant,
    },
    {
      name: "a stamp of the future is young",
      change: "ages are measured on the wall clock, and a negative one counts as fresh",
      system: laneContention,
      configuration: "pace",
      variant: {
        log: { machine: () => createLaneLeaseMachine(byWall), rules: () => ({ age: byWall }) },
      } satisfies ContentionVariant,
    },
  ],
};
