/** Runs work under a lease: takes it, beats it, tells the work when it is lost, frees it at the end. */
import type { LaneRefusal, LaneRequestInput } from "../../spec/lane-lease/index.js";
import type { LaneGrant } from "../../spec/vocabulary/lane.js";
import type { LeaseError } from "./errors.js";
import { type KeepOptions, type LeaseLostError, type LostReason, keepLease } from "./keeper.js";
import type { HolderProof, LeaseStore, WaitOptions } from "./types.js";

/** What the work knows of its lease. */
export interface HeldLease extends HolderProof {
  readonly grant: LaneGrant;
  /** Gives each write of a resource that refuses stale ones its order. */
  readonly fencingToken: number;
  /** Asked at this moment, also by work that kept the event loop busy: null while the lease is held. */
  lost(): LeaseLostError | null;
}

/** How work under a lease ended. */
export type WithLease<T> =
  /** `trouble`: the lease could not be freed and runs out by itself. */
  | { readonly outcome: "done"; readonly value: T; readonly trouble: LeaseError | null }
  | { readonly outcome: "refused"; readonly refusal: LaneRefusal }
  /** The work was told; how it ended all the same. */
  | { readonly outcome: "lost"; readonly reason: LostReason; readonly work: PromiseSettledResult<T> };

/** How the lane is waited for, and how the lease is kept. */
export type WithLeaseOptions = WaitOptions & KeepOptions;

/**
 * Rejects with what the work throws while the lease is held, and with a `LeaseError` when it cannot be taken. The
 * work gets a signal and is expected to end soon after it aborts.
 */
export async function withLease<T>(
  store: LeaseStore,
  request: LaneRequestInput,
  work: (lease: HeldLease, signal: AbortSignal) => Promise<T>,
  options: WithLeaseOptions = {},
): Promise<WithLease<T>> {
  const acquired = await store.acquire(request, options);
  if (acquired.outcome === "refused") return acquired;
  const { grant, secret } = acquired;
  const { leaseId, fencingToken } = grant;
  const keeper = keepLease(store, acquired, options);
  const lease: HeldLease = { leaseId, secret, grant, fencingToken, lost: keeper.lost };
  const [ended] = await Promise.allSettled([Promise.resolve().then(() => work(lease, keeper.signal))]);
  const end = await keeper.end();
  if (end.type === "lost") return { outcome: "lost", reason: end.reason, work: ended };
  if (ended.status === "rejected") throw ended.reason;
  return { outcome: "done", value: ended.value, trouble: end.type === "left" ? end.error : null };
}
