/** The record the lane-lease machine steps over, its events, and how a lease stands at a time. */
import type {
  LaneAttachment,
  LaneDeath,
  LaneEvidence,
  LanePhase,
  Stamp,
} from "../vocabulary/lane.js";
import { type AgeOf, ageOf } from "./stamp.js";

/** What decides over a lease; who holds it and what it covers stands in the grant. */
export interface LaneLeaseRecord {
  readonly phase: LanePhase;
  /** Of the current holder; 0 when vacant. */
  readonly fencingToken: number;
  readonly ttlMs: number;
  readonly attachment: LaneAttachment;
  /** The last confirmed beat; the grant and an adoption count as one. Null when vacant. */
  readonly heartbeatAt: Stamp | null;
  /** When its age became unknown; null unless doubted. */
  readonly doubtedAt: Stamp | null;
}

/** A lease that nobody was granted yet. */
export const laneLeaseVacant: LaneLeaseRecord = {
  phase: "vacant",
  fencingToken: 0,
  ttlMs: 0,
  attachment: "detached",
  heartbeatAt: null,
  doubtedAt: null,
};

/** Facts the machine cannot know come as fields: `authentic` (the secret fits), `holderGone` (its process is). */
export type LaneLeaseEvent =
  | {
      readonly type: "lease.granted";
      readonly fencingToken: number;
      readonly ttlMs: number;
      readonly attachment: LaneAttachment;
      readonly at: Stamp;
    }
  | {
      readonly type: "lease.beaten" | "lease.released";
      readonly fencingToken: number;
      readonly authentic: boolean;
      readonly holderGone: boolean;
      readonly at: Stamp;
    }
  | {
      readonly type: "lease.adopted";
      readonly previousToken: number;
      readonly fencingToken: number;
      readonly forced: boolean;
      readonly holderGone: boolean;
      readonly at: Stamp;
    }
  | {
      readonly type: "lease.doubted" | "lease.scavenged";
      readonly fencingToken: number;
      readonly holderGone: boolean;
      readonly at: Stamp;
    };

/**
 * How a lease in force stands. `live` and `doubtful` ones keep others away, a dead one does not. What is
 * doubtful helps nobody: it cannot be beaten, and its token is not current.
 */
export type LaneStanding =
  | { readonly standing: "live"; readonly ageMs: number; readonly remainingMs: number }
  /** `remainingMs`: until it is freed if nothing happens; null when nobody can tell. */
  | { readonly standing: "doubtful"; readonly remainingMs: number | null }
  | { readonly standing: "dead"; readonly cause: LaneDeath };

/** How it stands at `now`. `holderGone`: the process of its current token is known to be gone. */
export function standingOf(
  record: Omit<LaneLeaseRecord, "phase">,
  now: Stamp,
  holderGone: boolean,
  age: AgeOf = ageOf,
): LaneStanding {
  const { heartbeatAt, doubtedAt, ttlMs } = record;
  const gone = goneBy(record, now, holderGone);
  if (gone !== null) return { standing: "dead", cause: gone };
  if (heartbeatAt === null) return { standing: "doubtful", remainingMs: null };
  if (doubtedAt !== null) {
    const since = age(doubtedAt, now);
    if (since === "unknown") return { standing: "doubtful", remainingMs: null };
    if (since > ttlMs) return { standing: "dead", cause: "age-unknown" };
    return { standing: "doubtful", remainingMs: ttlMs - since };
  }
  const ageMs = age(heartbeatAt, now);
  if (ageMs === "unknown") return { standing: "doubtful", remainingMs: null };
  if (ageMs > ttlMs) return { standing: "dead", cause: "ttl" };
  return { standing: "live", ageMs, remainingMs: ttlMs - ageMs };
}

/** What shows that the holder's process is gone; null when nothing does, or when it needs no process. */
export function goneBy(
  { attachment, heartbeatAt }: Pick<LaneLeaseRecord, "attachment" | "heartbeatAt">,
  now: Stamp,
  holderGone: boolean,
): Exclude<LaneEvidence, "forced"> | null {
  if (attachment !== "process") return null;
  if (holderGone) return "process-gone";
  return heartbeatAt !== null && heartbeatAt.bootId !== now.bootId ? "other-boot" : null;
}

/** Its TTL is over, whatever else is true of it: nobody takes it on any more. */
export function isExpired(
  record: Omit<LaneLeaseRecord, "phase">,
  now: Stamp,
  age: AgeOf = ageOf,
): boolean {
  const stands = standingOf({ ...record, attachment: "detached" }, now, false, age);
  return stands.standing === "dead";
}
