/**
 * The reference host: starts runs on this machine, monitors them, and does to them what people ask for.
 *
 * It stands on the ports of `gather` and the commit point of `run`; another host replaces it, not them.
 */
export {
  type ActionFailed,
  type ActionRefused,
  type Acted,
  type Feedback,
  resolveRun,
  sendToRun,
  sessionOf,
  stopRun,
} from "./actions.js";
export { HostError, type HostFailure } from "./errors.js";
export {
  type IssueSource,
  type Placement,
  type PullRequestSource,
  type RunFacts,
  type RunLease,
  type TmuxSocket,
  factsOf,
  note,
  tmuxSocket,
} from "./facts.js";
export { HostGatherer, type HostGathererOptions, pacingFor } from "./gatherer.js";
export { type Host, type HostOptions, openHost } from "./host.js";
export {
  type MonitorEnd,
  type MonitorEvent,
  type MonitorHostOptions,
  monitorLane,
  monitorRuns,
} from "./monitor.js";
export { type Settled, settleRun } from "./settle.js";
export { type RefusedStart, type StartRequest, type Started, startRun } from "./start.js";
export { type HostSystem, type HostSystemOptions, hostSystem } from "./system.js";
export { treeLane } from "./tree-lease.js";
