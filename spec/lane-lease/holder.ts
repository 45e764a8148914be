/**
 * The holder's side: when it stops by itself (NL8).
 *
 * The deadline counts from the moment a beat was *sent*, on the holder's own monotonic clock: the journal's stamp
 * of it is never older, so the holder has stopped before the lease is free, however late the answer came.
 */
import type { Stamp } from "../vocabulary/lane.js";
import { laneHeartbeatMsOf, laneRenewDeadlineMsOf } from "../vocabulary/lane.js";
import { ageOf } from "./stamp.js";

/** What a holder's own deadline is computed from, in milliseconds (NL8). */
export interface LaneHolderTerms {
  readonly ttlMs: number;
  /** Less than the TTL. Absent: two thirds of it. */
  readonly renewDeadlineMs?: number;
}

/** Terms of a holder that are safe, or what is wrong with them. */
export function laneHolderProblem({ ttlMs, renewDeadlineMs }: LaneHolderTerms): string | null {
  if (renewDeadlineMs === undefined) return null;
  if (renewDeadlineMs > 0 && renewDeadlineMs < ttlMs) return null;
  return `renewDeadlineMs is ${renewDeadlineMs}, it must be above 0 and below ttlMs (${ttlMs})`;
}

/** The stamp from which a confirmed beat counts: when it was sent, or earlier when it was coalesced. */
export function laneConfirmedAt(sentAt: Stamp, confirmedMs: number): Stamp {
  return { ...sentAt, monotonicMs: sentAt.monotonicMs - confirmedMs };
}

/** The holder must stop: its last confirmed beat is as old as the deadline, or of an unknown age. */
export function laneMustStop(
  lastConfirmedBeat: Stamp,
  now: Stamp,
  terms: LaneHolderTerms,
): boolean {
  const age = ageOf(lastConfirmedBeat, now);
  return age === "unknown" || age >= (terms.renewDeadlineMs ?? laneRenewDeadlineMsOf(terms.ttlMs));
}

/** Milliseconds until the next beat is due: one heartbeat interval after the last. 0: now. */
export function laneNextBeatMs(
  lastConfirmedBeat: Stamp,
  now: Stamp,
  terms: LaneHolderTerms,
): number {
  const age = ageOf(lastConfirmedBeat, now);
  return age === "unknown" ? 0 : Math.max(0, laneHeartbeatMsOf(terms.ttlMs) - age);
}
