/**
 * What the worker-lease laws read off a state, in their own words: nothing here is taken from the machines.
 *
 * Both systems of the plane have these fields, so a law can be checked on either.
 */
import type { LeasePhase } from "../../spec/vocabulary/worker.js";

export interface PlaneState {
  readonly workers: readonly {
    readonly process: "down" | "up";
    readonly registered: boolean;
    readonly beatAge: number;
  }[];
  readonly leases: readonly PlaneLease[];
  readonly callers: readonly { readonly waiter: string; readonly waitAge: number }[];
  readonly policy: {
    readonly heartbeatTtl: number;
    readonly dispatchTtl: number;
    readonly waitBudget: number;
  };
}

export interface PlaneLease {
  readonly phase: LeasePhase;
  readonly worker: number | null;
  readonly count: number;
  readonly dispatchAge: number;
  readonly access: "read" | "mutate" | null;
  readonly run: number | null;
}

/** There is a verdict. */
export function completed(lease: PlaneLease): boolean {
  return lease.phase === "succeeded" || lease.phase === "failed";
}

/** Pending or handed out: an effect that may execute. */
export function open(lease: PlaneLease): boolean {
  return lease.phase === "pending" || lease.phase === "dispatched";
}

/** The master has heard of the worker within the TTL, the bound included. */
export function active(state: PlaneState, worker: number | null): boolean {
  const record = worker === null ? undefined : state.workers[worker];
  return record !== undefined && record.registered && record.beatAge <= state.policy.heartbeatTtl;
}

/** Field by field; the same object is skipped by the caller. */
export function sameLease(one: PlaneLease, other: PlaneLease): boolean {
  return (
    one.phase === other.phase &&
    one.worker === other.worker &&
    one.count === other.count &&
    one.dispatchAge === other.dispatchAge &&
    one.access === other.access &&
    one.run === other.run
  );
}

/** `lease 0 (dispatched, worker 1, dispatch 2 at age 1)`. */
export function show(index: number, { phase, worker, count, dispatchAge }: PlaneLease): string {
  if (phase === "free") return `lease ${index} (free)`;
  const age = phase === "dispatched" ? ` at age ${dispatchAge}` : "";
  return `lease ${index} (${phase}, worker ${String(worker)}, dispatch ${count}${age})`;
}
