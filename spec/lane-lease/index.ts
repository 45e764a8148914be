/** Lane leases: canonical requests, conflict, the machine, the fold of the journal, and every decision over it. */
export * from "./admission.js";
export { type LaneCheckpoint, LaneCheckpointError } from "./checkpoint.js";
export * from "./command.js";
export { type Decide, type LaneScene, createDecide, decide } from "./decide.js";
export { type LaneFold, applyLaneEvents, createLaneFold, laneFold } from "./fold.js";
export { type GlobProblem, type GlobReading, type Pattern, readGlob, readPath } from "./glob.js";
export { writtenGrant } from "./granted.js";
export * from "./holder.js";
export * from "./lane-lease.machine.js";
export * from "./queries.js";
export * from "./record.js";
export * from "./region.js";
export * from "./request.js";
export { type CompiledLaneLease, type LaneRules, compileLaneLease, laneRules } from "./rules.js";
export * from "./stamp.js";
export {
  type LaneEnded,
  type LaneEntry,
  type LaneFormer,
  type LaneNote,
  type LaneState,
  type LaneWaiter,
  insertLease,
} from "./state.js";
