/** NL6. Whether a lease is dead is a matter of its age on monotonic time and of its process: nothing else. */
import { type ContentionVariant, laneContention } from "../../spec/systems/lane-contention.js";
import { createLaneLeaseMachine } from "../../spec/lane-lease/index.js";
import type { Stamp } from "../../spec/vocabulary/lane.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import { type Breach, type ModelLaw, check } from "../law.js";
import { type ContentionState, actorOf, isDead, show } from "./contention.js";
import { type LaneWord, ageAt, agePassed, nameOf, ofLanes, trailOf } from "./history.js";

const byWall = (stamp: Stamp, now: Stamp): number => now.wallMs - stamp.wallMs;
const oneOlder = (stamp: Stamp, now: Stamp): number => now.monotonicMs - stamp.monotonicMs + 1;

function decidedBy(age: (stamp: Stamp, now: Stamp) => number): ContentionVariant {
  return { log: { machine: () => createLaneLeaseMachine(age), rules: () => ({ age }) } };
}

function grantsWhenDead(configuration: string) {
  return check<ContentionState>({
    system: laneContention,
    configuration,
    kind: "step",
    actions: ["append"],
    breach: wronglyAnswered,
    witness: (before, action) => {
      const [lease] = before.registry.leases;
      return (
        actorOf(before, action)?.phase === "acquiring" &&
        lease !== undefined &&
        isDead(before, lease)
      );
    },
  });
}

export const expiry: ModelLaw = {
  id: "NL6",
  title: "expiry",
  subject: "lane-lease",
  statement:
    "a lease is dead iff its age exceeds its ttl (or its process is gone, for `process`); one fold answers " +
    "for acquire, live and history",
  formal: "acquire granted ⇔ ∀ rivals l: age(l) > ttl ∨ gone(l)",
  why:
    "A lease of a process that had ended years ago still refused its lane, one stamped in the future was " +
    "immortal, and two readers of one log disagreed on which leases were dead.",
  history: [ofLanes<"lane.scavenged">({ on: ["lane.scavenged"], breach: endedTooEarly })],
  checks: [grantsWhenDead(""), grantsWhenDead("pace"), grantsWhenDead("reboot")],
  mutants: [
    {
      name: "expiry by the wall clock",
      change: "ages are measured on the wall clock",
      system: laneContention,
      configuration: "pace",
      variant: decidedBy(byWall),
    },
    {
      name: "dead at its TTL",
      change: "a lease is dead as soon as its age reaches its TTL",
      system: laneContention,
      variant: decidedBy(oneOlder),
    },
    {
      name: "processes are not looked at",
      change: "a lease outlives its process until its TTL is over",
      system: laneContention,
      variant: { host: { probesHolders: false } } satisfies ContentionVariant,
    },
    {
      name: "what has no age is old",
      change:
        "a lease of an earlier boot is dead at once, although its holder may still be out there",
      system: laneContention,
      configuration: "reboot",
      variant: decidedBy((stamp, now) =>
        stamp.bootId === now.bootId ? now.monotonicMs - stamp.monotonicMs : Number.MAX_SAFE_INTEGER,
      ),
    },
  ],
};

function wronglyAnswered(
  before: ContentionState,
  action: ActionInstance,
  after: ContentionState,
): Breach {
  if (actorOf(before, action)?.phase !== "acquiring") return null;
  const granted = actorOf(after, action)?.phase === "granted";
  const inForce = before.registry.leases.find((lease) => !isDead(before, lease));
  if (granted && inForce !== undefined) return `${action.label} is granted beside ${show(inForce)}`;
  if (granted || inForce !== undefined) return null;
  const found = before.registry.leases.map(show).join(", ");
  return `${action.label} is refused, and nothing in the log lives: ${found === "" ? "it is empty" : found}`;
}

function endedTooEarly({ log, data, at }: LaneWord<"lane.scavenged">) {
  const entry = log.lanes.leases.get(data.leaseId);
  if (entry === undefined) return null;
  const { ttlMs, attachment, heartbeatAt, doubtedAt } = entry.record;
  const age = ageAt(entry, at);
  const doubted = doubtedAt === null ? null : agePassed(doubtedAt, at);
  const wrong = {
    ttl: age !== null && age > ttlMs ? null : `its last beat is ${age === null ? "of an unknown age" : `${age} ms old`}`,
    "process-gone": attachment === "process" ? null : "it hangs on no process",
    "other-boot": attachment === "process" && heartbeatAt?.bootId !== at.bootId ? null : "the boot is the same, or no matter",
    "age-unknown": doubted !== null && doubted > ttlMs ? null : "nobody has doubted it for its whole TTL",
  }[data.cause];
  if (wrong === null) return null;
  const reason = `${nameOf(entry)} with a TTL of ${ttlMs} ms is ended as "${data.cause}": ${wrong}`;
  return { reason, earlier: trailOf(log, data.leaseId)?.renewedIn ?? null };
}
