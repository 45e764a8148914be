/** The closed vocabulary: what may be said, and nothing else. */
export * from "./lane.js";
export * from "./observation.js";
export * from "./run-log.js";
export * from "./run.js";
export * from "./status.js";
export * from "./worker.js";
