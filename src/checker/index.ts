/** The model checker. It knows no domain: a model and checks in, verdicts and counterexamples out. */
export { type Codec, codecFor } from "./codec.js";
export { mergeCoverage } from "./coverage.js";
export { ModelError, type ModelFailure } from "./errors.js";
export type { CheckRequest } from "./live-checks.js";
export * from "./result.js";
export { actionTable, type ActionTable, runScript } from "./scripts.js";
export { createSearch, search } from "./search.js";
export type { Clock, Limits, Search, SearchOptions } from "./search-options.js";
export { changesBetween, confirm, statesAlong, traceOf } from "./trace.js";
