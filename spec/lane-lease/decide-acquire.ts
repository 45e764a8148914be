/** Acquire: grant, refuse or queue. Dead leases in the way are freed in the same record. */
import {
  type LaneEvent,
  type LaneRefusalKind,
  type LaneTerms,
  laneBlockedByMax,
  laneLeasesMax,
  laneWaitersMax,
} from "../vocabulary/lane.js";
import type { LaneCommand, LaneDecision, LaneRefusal } from "./command.js";
import type { LaneScene } from "./decide.js";
import { grantFor, grantedData } from "./granted.js";
import { type Rivals, conflictOf, doubting, rivalsOf, scavenging, waiterOver } from "./standing.js";
import type { LaneEntry, LaneWaiter } from "./state.js";

type Acquire = Extract<LaneCommand, { readonly type: "acquire" }>;
type Decision = LaneDecision<"acquire">;

/** Everything an answer is made from. */
interface Asked {
  readonly scene: LaneScene;
  readonly command: Acquire;
  readonly rivals: Rivals;
  readonly ahead: readonly LaneWaiter[];
  /** Its own place in the queue. */
  readonly own: LaneWaiter | null;
  /** What is recorded whatever the answer is: the ends of dead rivals, doubts, waiters that left. */
  readonly housekeeping: readonly LaneEvent[];
}

export function acquire(scene: LaneScene, command: Acquire): Decision {
  const { state } = scene;
  const { terms, wait } = command;
  const rivals = rivalsOf(scene, terms);
  const own = wait === null ? null : (state.waiters.get(wait.waiterId) ?? null);
  const { ahead, left } = queueBefore(scene, terms, own);
  const housekeeping = [
    ...scavenging(scene, rivals.dead).events,
    ...doubting(scene, rivals.inTheWay),
    ...left,
  ];
  const asked: Asked = { scene, command, rivals, ahead, own, housekeeping };
  if (state.unreadable.count > 0) return refuse(asked, "unreadable-record");
  if (state.leases.has(command.leaseId) || state.ended.has(command.leaseId))
    return refuse(asked, "lease-id-taken");
  if (rivals.twin !== null) return refuse(asked, "case-twin");
  if (rivals.inTheWay.length > 0) return refuseOrWait(asked, "conflict");
  if (ahead.length > 0) return refuseOrWait(asked, "waiters-ahead");
  if (state.leases.size - rivals.dead.length >= laneLeasesMax)
    return refuse(asked, "too-many-leases");
  return grant(asked);
}

/** Waiters that came earlier and conflict, and the words on those that left without one. */
function queueBefore(scene: LaneScene, terms: LaneTerms, own: LaneWaiter | null) {
  const ahead: LaneWaiter[] = [];
  const left: LaneEvent[] = [];
  for (const waiter of scene.state.waiters.values()) {
    if (waiter === own) break;
    if (!scene.rules.conflicts(waiter, terms)) continue;
    const cause = waiterOver(scene, waiter);
    if (cause === null) ahead.push(waiter);
    else
      left.push({
        type: "lane.withdrawn",
        data: { waiterId: waiter.waiterId, ticket: waiter.ticket, cause },
      });
  }
  return { ahead, left };
}

function grant({ scene, command, rivals, own, housekeeping }: Asked): Decision {
  const { state, now, rules } = scene;
  const { leaseId, secretHash, terms } = command;
  const fencingToken = rules.mint(state);
  const waiterId = own?.waiterId ?? null;
  const granted: LaneEvent = {
    type: "lane.granted",
    data: grantedData(terms, { leaseId, fencingToken, secretHash, waiterId }),
  };
  const { scavenged } = scavenging(scene, rivals.dead);
  const grant = grantFor(terms, { leaseId, fencingToken, acquiredAt: now, heartbeatAt: now });
  return {
    outcome: { outcome: "granted", grant, scavenged },
    events: housekeeping.length === 0 ? [granted] : [...housekeeping, granted],
    durability: "durable",
  };
}

function refuseOrWait(asked: Asked, kind: LaneRefusalKind): Decision {
  const { scene, command, own, housekeeping } = asked;
  const { wait } = command;
  if (wait === null) return refuse(asked, kind);
  if (own !== null) return waitOn(asked, own, kind);
  if (scene.state.waiters.size >= laneWaitersMax) return refuse(asked, "too-many-waiters");
  const { lane, region, mode, holder } = command.terms;
  const ticket = scene.rules.mint(scene.state);
  const { waiterId, waitMs } = wait;
  const waiting: LaneEvent = {
    type: "lane.waiting",
    data: { waiterId, ticket, lane, region, mode, holder, waitMs },
  };
  return {
    outcome: { outcome: "waiting", ticket, refusal: refusalOf(asked, kind), remainingMs: waitMs },
    events: [...housekeeping, refused(asked, kind), waiting],
    durability: "durable",
  };
}

/** It asked before: nothing is recorded for it, unless its time is over. */
function waitOn(asked: Asked, own: LaneWaiter, kind: LaneRefusalKind): Decision {
  const { scene, housekeeping } = asked;
  const { waiterId, ticket, waitMs, since } = own;
  const cause = waiterOver(scene, own);
  if (cause === null) {
    const age = scene.rules.age(since, scene.now);
    const remainingMs = age === "unknown" ? 0 : waitMs - age;
    const outcome = {
      outcome: "waiting",
      ticket,
      refusal: refusalOf(asked, kind),
      remainingMs,
    } as const;
    return { outcome, events: housekeeping, durability: "durable" };
  }
  return {
    outcome: { outcome: "refused", refusal: refusalOf(asked, "wait-over") },
    events: [...housekeeping, { type: "lane.withdrawn", data: { waiterId, ticket, cause } }],
    durability: "durable",
  };
}

/** A refusal is recorded once for each holder, claim and what blocks it: asking again writes nothing. */
function refuse(asked: Asked, kind: LaneRefusalKind): Decision {
  const { scene, own, housekeeping } = asked;
  const refusal = refused(asked, kind);
  const repeats = scene.state.refusals.some(({ data }) => sameRefusal(data, refusal.data));
  return {
    outcome: { outcome: "refused", refusal: refusalOf(asked, kind) },
    events: repeats || own !== null ? housekeeping : [...housekeeping, refusal],
    durability: "durable",
  };
}

type Refused = Extract<LaneEvent, { readonly type: "lane.refused" }>;

function refused({ command, rivals, ahead }: Asked, kind: LaneRefusalKind): Refused {
  const { lane, region, mode, holder } = command.terms;
  const tokens = blockers(rivals).map(({ record }) => record.fencingToken);
  const blockedBy = [...tokens, ...ahead.map(({ ticket }) => ticket)].slice(0, laneBlockedByMax);
  return { type: "lane.refused", data: { lane, region, mode, holder, kind, blockedBy } };
}

function sameRefusal(one: Refused["data"], other: Refused["data"]): boolean {
  return (
    one.kind === other.kind &&
    one.lane === other.lane &&
    one.mode === other.mode &&
    one.holder === other.holder &&
    sameList(one.region, other.region) &&
    sameList(one.blockedBy, other.blockedBy)
  );
}

function sameList<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((element, index) => element === other[index]);
}

function blockers({ inTheWay, twin }: Rivals): readonly LaneEntry[] {
  return twin === null ? inTheWay : [...inTheWay, twin];
}

function refusalOf({ scene, rivals, ahead }: Asked, kind: LaneRefusalKind): LaneRefusal {
  return {
    kind,
    conflicts: blockers(rivals).map((entry) => conflictOf(scene, entry)),
    ahead: ahead.map(({ waiterId, ticket, holder, lane, region, mode }) => ({
      waiterId,
      ticket,
      holder,
      lane,
      region,
      mode,
    })),
    hint: hintOf(scene, rivals, kind),
  };
}

function hintOf({ state }: LaneScene, { twin }: Rivals, kind: LaneRefusalKind): string | null {
  if (kind === "case-twin" && twin !== null) {
    return `a lane "${twin.terms.lane}" is in force; lane names are compared exactly, write it the same way`;
  }
  if (kind === "unreadable-record") {
    const [first] = state.unreadable.first;
    const place = first === undefined ? "" : `, the first is ${first.type} in record ${first.seq}`;
    return `${state.unreadable.count} records cannot be read${place}; repair the journal first`;
  }
  return null;
}
