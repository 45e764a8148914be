/**
 * Workers and the leases a master hands to them: fields, effects, and the constants of the plane.
 *
 * The records are kept in memory only; losing them is safe (LL4). They never decide a run's status.
 */
import { z } from "zod";

/** A worker is active iff `now − lastHeartbeatAt ≤ ttl`, the bound included. */
export const workerHeartbeatTtlMs = 30_000;

/** A lease is handed out again only when `now ≥ expiresAt`; a progress beat renews it. */
export const leaseDispatchTtlMs = 60_000;

/** How long a caller waits for the result of an effect, and for that of a capture. */
export const leaseWaitMs = 600_000;
/** How long a caller waits for a capture. */
export const leaseCaptureWaitMs = 15_000;

/** A waiting caller looks at its lease this often. */
export const leaseWaitPollMs = 100;

/** Completed leases nobody waits for that the registry keeps; the oldest leaves first (LL10). */
export const completedLeasesMax = 64;

/** Effects that change a run: one open lease at a time for a run (LL9). */
export const mutatingLeaseEffects = ["start", "continue", "stop", "send", "remove"] as const;

/** Effects that only look at a run: any number at a time. */
export const readingLeaseEffects = ["capture", "diff", "state", "inspect"] as const;

/** Everything a worker can be asked to do. */
export const leaseEffect = z.enum([...mutatingLeaseEffects, ...readingLeaseEffects]);
/** Name of an effect. */
export type LeaseEffect = z.infer<typeof leaseEffect>;

/** What an effect does to its run. */
export const leaseAccess = z.enum(["read", "mutate"]);
/** Whether an effect changes its run or only looks at it. */
export type LeaseAccess = z.infer<typeof leaseAccess>;

const mutating: ReadonlySet<string> = new Set(mutatingLeaseEffects);

/** What an effect does to its run (LL9). */
export function accessOf(effect: LeaseEffect): LeaseAccess {
  return mutating.has(effect) ? "mutate" : "read";
}

/** Where a lease stands: not in use, waiting to be handed out, handed out, or completed with a verdict. */
export const leasePhase = z.enum(["free", "pending", "dispatched", "succeeded", "failed"]);
/** Name of a phase. */
export type LeasePhase = z.infer<typeof leasePhase>;

/** Completed: there is a verdict, and it is final (LL3). */
export function isCompleted(phase: LeasePhase): boolean {
  return phase === "succeeded" || phase === "failed";
}

/** Open: handed out or about to be, without a verdict. */
export function isOpen(phase: LeasePhase): boolean {
  return phase === "pending" || phase === "dispatched";
}

/** Whether the process of a worker runs. */
export const workerProcess = z.enum(["down", "up"]);
/** State of a worker's process. */
export type WorkerProcess = z.infer<typeof workerProcess>;

/** What the caller of a lease has: nothing asked, an answer due, or the answer it got. */
export const leaseWaiter = z.enum(["idle", "waiting", "gotResult", "gotLost", "gotTimeout"]);
/** State of a caller. */
export type LeaseWaiter = z.infer<typeof leaseWaiter>;

/** The spellings of "the master's own host" in a target (LL6). */
export const localTargets = ["", "local"] as const;

/** Name of a worker, chosen by its operator; 1 to 200 characters. */
export const workerId = z.string().min(1).max(200);
/** A worker's name. */
export type WorkerId = z.infer<typeof workerId>;

/** Where an effect is to run: a worker's id, or one of `localTargets`. */
export const leaseTarget = z.union([z.enum(localTargets), workerId]);
/** A worker's name, or the master's own host. */
export type LeaseTarget = z.infer<typeof leaseTarget>;
