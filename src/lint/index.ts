/** The write-surface lint: a configuration and a tree in, findings out. Prints nothing and writes no file. */
export { readConfiguration, symbolReference } from "./config.js";
export type {
  Configuration,
  Sink,
  Surface,
  SymbolReference,
  Where,
  Writer,
} from "./config-schema.js";
export { LintError, type LintFailure, type Problem } from "./errors.js";
export type * from "./finding.js";
export { githubText, workflowCommand } from "./format/github.js";
export { gitlabJson } from "./format/gitlab.js";
export { lintJson, meterJson, meterText } from "./format/json.js";
export { type LintPaint, prettyText } from "./format/pretty.js";
export { sarifLog } from "./format/sarif.js";
export { type InitRequest, initialConfiguration } from "./init.js";
export { type LintOutcome, type LintRequest, lint } from "./lint.js";
export { type Lock, growLock, readLock, updateLock, writeLock } from "./lock.js";
export type { LintMutant, MutantOutcome } from "./mutants.js";
export { presets } from "./presets.js";
export { whyNotText, whyText } from "./why.js";
