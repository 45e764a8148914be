/** Lane leases: the port of a store, the store in a state directory, and holding a lease while work runs. */
export { LeaseError, type LeaseFailure, type LeaseOperation } from "./errors.js";
export { type FileLeaseStore, type LeaseStoreOptions, openLeaseStore } from "./file-store.js";
export { type Keeper, type KeepOptions, LeaseLostError, type LostReason, keepLease, lostMeanings } from "./keeper.js";
export { type HeldLease, type WithLease, type WithLeaseOptions, withLease } from "./with-lease.js";
export type * from "./types.js";
