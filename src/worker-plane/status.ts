/** What can be seen of a master: plain data, a copy. Ages are whole ticks in milliseconds. */
import type {
  LeaseAccess,
  LeaseEffect,
  LeasePhase,
  LeaseWaiter,
  WorkerId,
} from "../../spec/vocabulary/worker.js";
import type { EffectError } from "./messages.js";
import type { MasterPolicy } from "./policy.js";
import type { Registry } from "./registry.js";

/** A worker as the master knows it. */
export interface WorkerStatus {
  readonly id: WorkerId;
  readonly incarnation: string;
  /** Its last beat is at most as old as the TTL. */
  readonly active: boolean;
  /** A connection is there; leases are handed out only then. */
  readonly connected: boolean;
  readonly beatAgeMs: number;
}

/** A lease as the master knows it; ages are whole ticks, in milliseconds. */
export interface LeaseStatus {
  readonly id: string;
  readonly worker: WorkerId;
  readonly run: string;
  readonly effect: LeaseEffect;
  readonly access: LeaseAccess | null;
  readonly phase: LeasePhase;
  /** The current attempt; 0 before the first one. */
  readonly attempt: number;
  readonly dispatchAgeMs: number;
  readonly waiter: LeaseWaiter;
  readonly waitAgeMs: number;
  /** Why it failed; `null` unless it did. */
  readonly error: EffectError | null;
}

/** Everything a master knows. */
export interface MasterStatus {
  readonly workers: readonly WorkerStatus[];
  /** Open ones, and completed ones that are kept for a while; in the order they were acquired. */
  readonly leases: readonly LeaseStatus[];
}

export function statusOf(
  registry: Registry,
  { tickMs }: MasterPolicy,
  connected: (worker: WorkerId) => boolean,
): MasterStatus {
  const workers = [...registry.allWorkers()].map((entry): WorkerStatus => {
    const { id, incarnation, record } = entry;
    const beatAgeMs = record.beatAge * tickMs;
    return { id, incarnation, active: registry.active(entry), connected: connected(id), beatAgeMs };
  });
  const leases = [...registry.allLeases()].map(
    ({ id, worker, run, effect, record, caller, error }): LeaseStatus => {
      const { access, phase, count, dispatchAge } = record;
      const ages = { dispatchAgeMs: dispatchAge * tickMs, waitAgeMs: caller.waitAge * tickMs };
      return {
        id,
        worker,
        run,
        effect,
        access,
        phase,
        attempt: count,
        waiter: caller.waiter,
        error,
        ...ages,
      };
    },
  );
  return { workers, leases };
}
