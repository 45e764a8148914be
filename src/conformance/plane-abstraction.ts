/**
 * From what can be seen of a running worker plane to a state of the model `worker-plane-fenced`.
 *
 * `master.status()` gives what the master knows, the test what is true of processes and which attempts a
 * worker has in hand. A lease gets the lowest free place; callers and work belong to the lease of the place.
 */
import type {
  AttemptsRecord,
  FencedParameters,
  FencedState,
} from "../../spec/systems/worker-plane-fenced-state.js";
import type { CallerRecord, LeaseRecord, WorkerRecord } from "../../spec/worker-lease/index.js";
import { callerIdle, leaseFree } from "../../spec/worker-lease/index.js";
import type { LeaseStatus, MasterStatus } from "../worker-plane/index.js";

/** What the master cannot see, or has forgotten. */
export interface Truth {
  /** By place; the first is the master's own. */
  readonly workers: readonly string[];
  readonly runs: readonly string[];
  readonly up: ReadonlySet<string>;
  /** Lease ids by place; `null` is free. */
  readonly places: readonly (string | null)[];
  /** Attempts in hand, by lease id. */
  readonly work: ReadonlyMap<string, ReadonlySet<number>>;
  /** Callers that have an answer and did not leave, by lease id. */
  readonly answered: ReadonlyMap<string, CallerRecord["waiter"]>;
  readonly tickMs: number;
}

export function abstractPlane(status: MasterStatus, truth: Truth, policy: FencedParameters): FencedState {
  const { dispatchMax, heartbeatTtl, dispatchTtl, waitBudget, retention } = policy;
  const found = truth.places.map((id) => status.leases.find((lease) => lease.id === id));
  return {
    workers: truth.workers.map((id) => workerOf(id, status, truth)),
    leases: found.map((lease) => (lease === undefined ? leaseFree : leaseOf(lease, truth))),
    callers: found.map((lease, place) => callerOf(lease, truth.places[place] ?? null, truth)),
    work: truth.places.map((id) => attemptsOf(id === null ? undefined : truth.work.get(id))),
    policy: { dispatchMax, heartbeatTtl, dispatchTtl, waitBudget, retention },
  };
}

function workerOf(id: string, status: MasterStatus, { up, tickMs }: Truth): WorkerRecord {
  const known = status.workers.find((worker) => worker.id === id);
  const beatAge = known === undefined ? 0 : Math.round(known.beatAgeMs / tickMs);
  return { process: up.has(id) ? "up" : "down", registered: known !== undefined, beatAge };
}

function leaseOf(lease: LeaseStatus, { workers, runs, tickMs }: Truth): LeaseRecord {
  return {
    phase: lease.phase,
    worker: workers.indexOf(lease.worker),
    count: lease.attempt,
    dispatchAge: Math.round(lease.dispatchAgeMs / tickMs),
    access: lease.access,
    run: runs.indexOf(lease.run),
  };
}

function callerOf(lease: LeaseStatus | undefined, id: string | null, truth: Truth): CallerRecord {
  const waiter = id === null ? undefined : truth.answered.get(id);
  if (waiter !== undefined) return { waiter, waitAge: 0 };
  if (lease === undefined) return callerIdle;
  return { waiter: lease.waiter, waitAge: Math.round(lease.waitAgeMs / truth.tickMs) };
}

function attemptsOf(attempts: ReadonlySet<number> = new Set()): AttemptsRecord {
  return { first: attempts.has(1), second: attempts.has(2), third: attempts.has(3) };
}

/** The status of a master that does not exist: nothing is registered. */
export const noMaster: MasterStatus = { workers: [], leases: [] };
