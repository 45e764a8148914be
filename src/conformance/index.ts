/** The conformance kit: a store or a host of anybody's, judged by the laws, and recorded logs judged by their history. */
export { type Audit, type AuditBreach, type Auditor, auditBreachesMax, auditFile, createAuditor } from "./audit.js";
export type * from "./fault-adapter.js";
export type { ConformanceVerdict, Judged, JudgedMutant } from "./judged.js";
export type * from "./lease-adapter.js";
export { type LeaseCheckOptions, type LeaseReport, checkLeaseStore } from "./lease-kit.js";
export { type Linearization, type RecordedCall, laneCallsMax, linearize } from "./linearize.js";
export { type LeaseBreak, leaseBreaks, memoryLeaseStore } from "./memory-store.js";
export { type OurLeaseOptions, ourLeaseStore } from "./our-lease-store.js";
export { type OurRunOptions, ourRunHost } from "./our-run-host.js";
export type { HostStorage } from "./our-storage.js";
export { type CheckOursOptions, checkOurs } from "./ours.js";
export { type PlaneCheckOptions, type PlaneReport, checkWorkerPlane } from "./plane-kit.js";
export type { ConformanceReport, ConformanceScript, Counterexample, Divergence } from "./report.js";
export type * from "./run-adapter.js";
export { type RunCheckOptions, checkRunHost } from "./run-kit.js";
export { type TestFunction, testLaws } from "./runners.js";
