/** The specification: vocabulary, machines, and the closed models they are composed into. Pure. */
export * from "./kernel/index.js";
export * from "./lane-lease/index.js";
export * from "./run/index.js";
export * from "./systems/index.js";
export * from "./vocabulary/index.js";
export * from "./worker-lease/index.js";

/** States and parameters of the systems, for whoever writes a law about them. */
export type { RunMonitorParameters, RunMonitorState } from "./systems/run-monitor.js";
export type { WorkerPlaneParameters, WorkerPlaneState } from "./systems/worker-plane.js";
export type { FencedParameters, FencedState } from "./systems/worker-plane-fenced-state.js";
export type { ContentionParameters, ContentionState } from "./systems/lane-contention-state.js";
