/** NL1. Two clauses: what the log says, and what principals act on; the second is what the work suffers from. */
import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type ContentionState, actsAsHolder, conflicting, isDead, show } from "./contention.js";
import { type LaneWord, isOver, nameOf, ofLanes, trailOf } from "./history.js";
import { conflict } from "../../spec/lane-lease/index.js";
import { candidates } from "../../spec/lane-lease/state.js";

export const exclusion: ModelLaw = {
  id: "NL1",
  title: "exclusion",
  subject: "lane-lease",
  statement: "the live set is pairwise conflict-free",
  formal: "∀ a ≠ b: live(a) ∧ live(b) ⇒ ¬conflict(a, b)",
  why:
    "Two acquirers were both told that one region is theirs: one had decided on a log that the other had " +
    "written to meanwhile.",
  history: [ofLanes<"lane.granted">({ on: ["lane.granted"], breach: grantedBeside })],
  checks: [
    check<ContentionState>({
      system: laneContention,
      kind: "invariant",
      clause: "in the log",
      breach: twoInForce,
      witness: ({ registry }) => registry.leases.length > 0,
    }),
    check<ContentionState>({
      system: laneContention,
      kind: "invariant",
      clause: "among those who act on it",
      breach: twoAct,
      witness: (state) => state.principals.some((principal) => actsAsHolder(state, principal)),
    }),
  ],
  mutants: [
    {
      name: "no validation at append",
      change:
        "a request is appended as it was decided when it was sent, whatever was appended meanwhile",
      system: laneContention,
      variant: { host: { revalidates: false } } satisfies ContentionVariant,
    },
    {
      name: "regions do not count",
      change: "two leases conflict only when they name the same lane",
      system: laneContention,
      variant: {
        log: { rules: () => ({ conflicts: (one, other) => one.lane === other.lane }) },
      } satisfies ContentionVariant,
    },
    {
      name: "nobody stops by itself",
      change: "a holder's deadline lies behind the TTL",
      system: laneContention,
      variant: { host: { countsFrom: "never" } } satisfies ContentionVariant,
    },
  ],
};

function twoInForce(state: ContentionState): Breach {
  const { leases } = state.registry;
  for (const [place, one] of leases.entries()) {
    for (const other of leases.slice(place + 1)) {
      if (!conflicting(one, other) || isDead(state, one) || isDead(state, other)) continue;
      return `${show(one)} and ${show(other)} are live and conflict`;
    }
  }
  return null;
}

function twoAct(state: ContentionState): Breach {
  const acting = state.principals.flatMap((principal, number) =>
    actsAsHolder(state, principal) ? [number] : [],
  );
  if (acting.length < 2) return null;
  return `principals ${acting.join(" and ")} act as holders of conflicting lanes at the same time`;
}

/** A lease that conflicts and is not over stands in the log; dead processes are recorded before the grant. */
function grantedBeside({ log, data, at }: LaneWord<"lane.granted">) {
  for (const entry of candidates(log.lanes, data)) {
    if (entry.leaseId === data.leaseId || isOver(entry, at) || !conflict(entry.terms, data)) continue;
    const reason = `lease ${data.leaseId} (lane "${data.lane}") is granted beside ${nameOf(entry)}`;
    return { reason, earlier: trailOf(log, entry.leaseId)?.grantedIn ?? null };
  }
  return null;
}
