/** What the decisions and the queries read off a state: how leases and waiters stand now, and who is in the way. */
import type { LaneClaim, LaneEvent, LaneGrant, LaneWithdrawal } from "../vocabulary/lane.js";
import type { LaneConflict, LaneLoss, LaneScavenged } from "./command.js";
import type { LaneScene } from "./decide.js";
import { grantFor } from "./granted.js";
import { type LaneStanding, standingOf } from "./record.js";
import { foldLane } from "./request.js";
import { type LaneEntry, type LaneWaiter, candidates } from "./state.js";

export function isGone({ evidence }: Pick<LaneScene, "evidence">, entry: LaneEntry): boolean {
  return evidence.gone.has(entry.record.fencingToken);
}

/** One way for all: acquire, live, show and the fences ask here (NL6). */
export function standing(scene: LaneScene, entry: LaneEntry): LaneStanding {
  return standingOf(entry.record, scene.now, isGone(scene, entry), scene.rules.age);
}

/** Why a waiter does not count any more; null while it does. What nobody can date does not wait. */
export function waiterOver(scene: LaneScene, waiter: LaneWaiter): LaneWithdrawal | null {
  if (scene.evidence.gone.has(waiter.ticket)) return "process-gone";
  const age = scene.rules.age(waiter.since, scene.now);
  if (age === "unknown") return "age-unknown";
  return age > waiter.waitMs ? "deadline" : null;
}

/** The leases that conflict with a claim, by how they stand. */
export interface Rivals {
  readonly inTheWay: readonly LaneEntry[];
  readonly dead: readonly LaneEntry[];
  /** In force under a name that differs in case only. */
  readonly twin: LaneEntry | null;
}

export function rivalsOf(scene: LaneScene, claim: LaneClaim): Rivals {
  const inTheWay: LaneEntry[] = [];
  const dead: LaneEntry[] = [];
  let twin: LaneEntry | null = null;
  const key = scene.state.byLane.get(foldLane(claim.lane));
  for (const entry of candidates(scene.state, claim)) {
    const isTwin = entry.terms.lane !== claim.lane && key?.has(entry) === true;
    const conflicts = scene.rules.conflicts(entry.terms, claim);
    if (!conflicts && !isTwin) continue;
    if (standing(scene, entry).standing === "dead") dead.push(entry);
    else if (conflicts) inTheWay.push(entry);
    else twin ??= entry;
  }
  return { inTheWay, dead, twin };
}

export function grantOf(entry: LaneEntry): LaneGrant {
  const { leaseId, terms, acquiredAt, record } = entry;
  const { fencingToken, heartbeatAt } = record;
  return grantFor(terms, { leaseId, fencingToken, acquiredAt, heartbeatAt: heartbeatAt ?? acquiredAt });
}

export function conflictOf(scene: LaneScene, entry: LaneEntry): LaneConflict {
  const { lane, region, mode, holder } = entry.terms;
  const stands = standing(scene, entry);
  return {
    leaseId: entry.leaseId,
    fencingToken: entry.record.fencingToken,
    lane,
    region,
    mode,
    holder,
    ageMs: stands.standing === "live" ? stands.ageMs : null,
    remainingMs: stands.standing === "dead" ? 0 : stands.remainingMs,
  };
}

/** Records the end of dead leases. */
export function scavenging(scene: LaneScene, dead: readonly LaneEntry[]) {
  const events: LaneEvent[] = [];
  const scavenged: LaneScavenged[] = [];
  for (const entry of dead) {
    const stands = standing(scene, entry);
    if (stands.standing !== "dead") continue;
    const { leaseId, record, terms } = entry;
    const { fencingToken } = record;
    const { cause } = stands;
    events.push({ type: "lane.scavenged", data: { leaseId, fencingToken, cause } });
    scavenged.push({ leaseId, fencingToken, lane: terms.lane, holder: terms.holder, cause });
  }
  return { events, scavenged };
}

/** Records that the age of leases became unknown: from then on they have one TTL left. */
export function doubting(scene: LaneScene, entries: readonly LaneEntry[]): readonly LaneEvent[] {
  const events: LaneEvent[] = [];
  for (const { leaseId, record } of entries) {
    const { fencingToken } = record;
    const event = {
      type: "lease.doubted",
      fencingToken,
      holderGone: false,
      at: scene.now,
    } as const;
    if (scene.rules.machine.step(record, event).taken === -1) continue;
    events.push({ type: "lane.doubted", data: { leaseId, fencingToken } });
  }
  return events;
}

/** Why somebody with this secret does not hold the lease. For leases in force and for ended ones. */
export function lossOf(scene: LaneScene, leaseId: string, secretHash: string): LaneLoss {
  const entry = scene.state.leases.get(leaseId);
  const ended = scene.state.ended.get(leaseId);
  const one = entry ?? ended;
  if (one === undefined) return lost("unknown", "no-such-lease");
  if (one.secretHash !== secretHash) {
    const wasHolder = one.former.some((former) => former.secretHash === secretHash);
    return wasHolder ? lost("adopted", null) : lost("unknown", "not-its-secret");
  }
  if (entry === undefined) {
    const cause = ended?.cause ?? null;
    return cause === null ? lost("released", null) : lost("scavenged", cause);
  }
  const stands = standing(scene, entry);
  return stands.standing === "dead"
    ? lost("expired", stands.cause)
    : lost("unknown", "age-unknown");
}

function lost(reason: LaneLoss["reason"], cause: LaneLoss["cause"]): LaneLoss {
  return { outcome: "lost", reason, cause };
}
