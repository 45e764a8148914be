/** The run lifecycle: the machine, its compiled step, the fold of its log, scripted scenarios. */
export { auditCommit, isDurable } from "./audit.js";
export { type CompiledRun, compileRun } from "./compiled.js";
export { type RunContext, type RunEvent, type RunEventOf, type RunScope, runEvent } from "./event.js";
export { foldEffect, foldEffects } from "./fold.js";
export { runGuards } from "./guards.js";
export {
  type CommitEntry,
  type LogEntry,
  type LogStamp,
  type LoggedRun,
  type RunsState,
  endedRunsMax,
  entriesMax,
  notesMax,
  runsFold,
} from "./log.js";
export { paneHash } from "./pane-hash.js";
export { type ReadingKind, readOn, readingKinds, readingOf } from "./reading.js";
export { coreOf, emptyView, initialCore, restarted, viewOf } from "./record.js";
export { createRunMachine, runMachine } from "./run.machine.js";
export { type RunDecision, decideOn, step } from "./step.js";
export { countReport, streakOf } from "./streaks.js";
export { runUpdates } from "./updates.js";
export {
  type Replay,
  type Scenario,
  type ScenarioCommit,
  type ScenarioEffect,
  type ScenarioExpectation,
  type ScenarioFile,
  replay,
  scenario,
  scenarioFile,
} from "./scenario.js";
