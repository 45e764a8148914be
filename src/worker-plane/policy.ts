/** Limits and times of the plane. Hosts give milliseconds; the machines count ticks. */
import {
  completedLeasesMax,
  leaseCaptureWaitMs,
  leaseDispatchTtlMs,
  leaseWaitMs,
  leaseWaitPollMs,
  workerHeartbeatTtlMs,
} from "../../spec/vocabulary/worker.js";
import { WorkerPlaneError } from "./errors.js";

/** Times, in milliseconds, and limits of a master. */
export interface MasterPolicy {
  /** Length of a tick: ages are counted in ticks, and no wait outlives its answer by more than one (LL1). */
  readonly tickMs: number;
  readonly heartbeatTtlMs: number;
  readonly dispatchTtlMs: number;
  /** How long a caller waits when it does not say. */
  readonly waitMs: number;
  readonly captureWaitMs: number;
  /** Attempts of one lease; by default there is no limit. */
  readonly attemptsMax: number;
  /** Completed leases nobody waits for that stay (LL10). */
  readonly completedLeasesMax: number;
  /** Leases without a verdict; one more is refused. */
  readonly openLeasesMax: number;
  /** Workers that are known; when one more comes, one that is silent and has no lease makes room. */
  readonly workersMax: number;
  readonly snapshotBytesMax: number;
}

/** The constants of the plane, and limits that keep a master's memory bounded (LL10). */
export const defaultMasterPolicy: MasterPolicy = {
  tickMs: leaseWaitPollMs,
  heartbeatTtlMs: workerHeartbeatTtlMs,
  dispatchTtlMs: leaseDispatchTtlMs,
  waitMs: leaseWaitMs,
  captureWaitMs: leaseCaptureWaitMs,
  attemptsMax: Number.MAX_SAFE_INTEGER,
  completedLeasesMax,
  openLeasesMax: 1_024,
  workersMax: 256,
  snapshotBytesMax: 960 * 1_024,
};

/** The policy with what a host changes of it. Throws on a limit that is not a positive number. */
export function masterPolicy(changes: Partial<MasterPolicy> = {}): MasterPolicy {
  const policy = { ...defaultMasterPolicy, ...changes };
  for (const [field, value] of Object.entries(policy)) {
    if (value > 0 && (Number.isSafeInteger(value) || field.endsWith("Ms"))) continue;
    const found = `${String(value)}, which is not a positive number`;
    throw new WorkerPlaneError({ code: "worker-plane/bad-request", field: `policy ${field}`, found });
  }
  return policy;
}

/** Whole ticks that are at least as long. */
export function ticksOf(ms: number, { tickMs }: MasterPolicy): number {
  return Math.ceil(ms / tickMs);
}

/** Waits of a connection that is tried again: they double, and chance spreads them over their upper half. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** From a tenth of a second to ten seconds. */
export const defaultBackoff: Backoff = { firstMs: 100, longestMs: 10_000 };

/** The wait before try number `failures + 1`; `random` is in [0, 1). */
export function backoffMs({ firstMs, longestMs }: Backoff, failures: number, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30));
  return full * (0.5 + random / 2);
}
