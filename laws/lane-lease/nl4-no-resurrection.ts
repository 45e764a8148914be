/** NL4. An end is for ever: of a lease in the log, and of one whose end nobody recorded yet. */
import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import { createLaneLeaseMachine } from "../../spec/lane-lease/index.js";
import type { Stamp } from "../../spec/vocabulary/lane.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type ContentionState, actorOf, isDead, isLive, leaseOf, show } from "./contention.js";
import { type LaneWord, isOver, nameOf, ofLanes, trailOf } from "./history.js";
import type { HistoryBreach } from "../law.js";

const acrossBoots = (stamp: Stamp, now: Stamp): number => now.monotonicMs - stamp.monotonicMs;

/** A beat that comes too late, or of a lease that is gone. */
function lateBeat(before: ContentionState, action: ActionInstance): boolean {
  const principal = actorOf(before, action);
  if (action.name !== "append" || principal?.beat !== "sent") return false;
  const lease = leaseOf(before, principal.token);
  return lease !== undefined && isDead(before, lease);
}

export const noResurrection: ModelLaw = {
  id: "NL4",
  title: "no resurrection",
  subject: "lane-lease",
  statement:
    "an expired, released, scavenged or adopted grant is never live again; a late beat changes nothing",
  formal: "¬live(t) ∧ given(t) ⇒ □ ¬live(t)",
  why:
    "A worker that slept past its TTL beat as if nothing had happened, while its lane was already another's: " +
    "both went on.",
  history: [
    ofLanes<"lane.granted" | "lane.beaten" | "lane.adopted">({
      on: ["lane.granted", "lane.beaten", "lane.adopted"],
      breach: raised,
    }),
  ],
  checks: [
    check<ContentionState>({
      system: laneContention,
      configuration: "pace",
      kind: "step",
      clause: "what is over stays over",
      breach: livesAgain,
      witness: lateBeat,
    }),
    check<ContentionState>({
      system: laneContention,
      configuration: "pace",
      kind: "step",
      clause: "a late beat changes nothing",
      actions: ["append"],
      breach: (before, action, after) =>
        lateBeat(before, action) && after.registry !== before.registry
          ? `${action.label}: a beat that is too late changes the log`
          : null,
      witness: lateBeat,
    }),
    check<ContentionState>({
      system: laneContention,
      configuration: "reboot",
      kind: "step",
      clause: "a lease of an unknown age lives only as an adopted one",
      breach: livesAgain,
      witness: (before, action) => {
        const lease = before.registry.leases[action.args["place"] as number];
        return (
          action.name === "call" && lease !== undefined && lease.otherBoot && !isDead(before, lease)
        );
      },
    }),
  ],
  mutants: [
    {
      name: "late beats count",
      change: "a beat is taken however old the last one is",
      system: laneContention,
      configuration: "pace",
      variant: {
        log: { machine: (machine) => machine.provide({ guards: { isLive: () => true } }) },
      } satisfies ContentionVariant,
    },
    {
      name: "a reboot changes nothing",
      change: "stamps of an earlier boot are compared with those of this one",
      system: laneContention,
      configuration: "reboot",
      variant: {
        log: {
          machine: () => createLaneLeaseMachine(acrossBoots),
          rules: () => ({ age: acrossBoots }),
        },
      } satisfies ContentionVariant,
    },
  ],
};

function livesAgain(
  before: ContentionState,
  action: ActionInstance,
  after: ContentionState,
): Breach {
  if (after.registry === before.registry) return null;
  for (const lease of after.registry.leases) {
    if (!isLive(after, lease) || lease.token > before.world.given) continue;
    const was = leaseOf(before, lease.token);
    if (was !== undefined && isLive(before, was)) continue;
    const from = was === undefined ? "is over" : `was ${show(was)}`;
    return `${action.label}: token ${lease.token} ${from}, and is ${show(lease)} again`;
  }
  return null;
}

function raised(
  { log, data, at }: LaneWord<"lane.granted" | "lane.beaten" | "lane.adopted">,
  type: string,
): HistoryBreach | null {
  const { leaseId } = data;
  const trail = trailOf(log, leaseId);
  if (log.lanes.ended.has(leaseId)) {
    return { reason: `${type} of lease ${leaseId}, which has ended`, earlier: trail?.endedIn ?? null };
  }
  const entry = log.lanes.leases.get(leaseId);
  if (entry === undefined) return null;
  if (type === "lane.granted") {
    return { reason: `${nameOf(entry)} is granted a second time`, earlier: trail?.grantedIn ?? null };
  }
  if (isOver(entry, at)) {
    return { reason: `${type} of ${nameOf(entry)}, whose time is over`, earlier: trail?.renewedIn ?? null };
  }
  if (type !== "lane.beaten" || entry.record.fencingToken === data.fencingToken) return null;
  if (!entry.former.some(({ fencingToken }) => fencingToken === data.fencingToken)) return null;
  const reason = `a beat under token ${data.fencingToken} of ${nameOf(entry)}, which was adopted since`;
  return { reason, earlier: trail?.renewedIn ?? null };
}
