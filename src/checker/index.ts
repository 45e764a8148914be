/** The model checker. It knows no domain: a model and checks in, verdicts and counterexamples out. */
export { type Codec, codecFor } from "./codec.js";
export { mergeCoverage } from "./coverage.js";
export { ModelError, type ModelFailure } from "./errors.js";
export type { CheckRequest } from "./live-checks.js";
export * from "./result.js";
export { actionTable, type ActionTable, runScript } from "./scripts.js";
export { type Clock, createSearch, type Limits, type Search, search, type SearchOptions } from "./search.js";
export { changesBetween, confirm, statesAlong, traceOf } from "./trace.js";
