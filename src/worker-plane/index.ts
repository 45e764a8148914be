/** The worker plane at run time: a master that hands effects to workers, workers, and ways between them. */
export type { PlaneChange, Refusal } from "./changes.js";
export { type PlaneClock, hostPlaneClock } from "./clock.js";
export {
  type Problem,
  type ProblemCode,
  WorkerPlaneError,
  type WorkerPlaneFailure,
  problemCode,
} from "./errors.js";
export type { Assignment, Execute } from "./executions.js";
export { type InProcessOptions, type InProcessTransport, inProcessTransport } from "./in-process.js";
export type { Json } from "./json.js";
export {
  type LeaseOutcome,
  type LeaseRequest,
  type Master,
  type MasterOptions,
  createMaster,
} from "./master.js";
export type { EffectError, FromMaster, FromWorker, Peer } from "./messages.js";
export { type Backoff, type MasterPolicy, defaultBackoff, defaultMasterPolicy } from "./policy.js";
export type { SocketAddress } from "./socket-address.js";
export { type SocketClientOptions, socketClient } from "./socket-client.js";
export { type SocketServerOptions, socketServer } from "./socket-server.js";
export type { LeaseStatus, MasterStatus, WorkerStatus } from "./status.js";
export type {
  Beats,
  Host,
  Link,
  LinkEvents,
  MasterLink,
  MasterTransport,
  Server,
  WorkerLink,
  WorkerTransport,
} from "./transport.js";
export {
  type Unavailable,
  type WorkTreeOf,
  type WorkTrees,
  executeWorkTree,
  inspectWorkTree,
  removeWorkTree,
} from "./work-tree.js";
export { type WorkerOptions, type WorkerProcess, type WorkerStatusOfItself, createWorker } from "./worker.js";
