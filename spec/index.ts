/** The specification: vocabulary, machines, and the closed models they are composed into. Pure. */
export * from "./kernel/index.js";
export * from "./run/index.js";
export * from "./systems/index.js";
export * from "./vocabulary/index.js";
export * from "./worker-lease/index.js";
