/** The run machine as a pure function over plain records. */
import type { AnyStateMachine } from "xstate";

import { type Compiled, compileMachine } from "../kernel/compile-machine.js";
import { type Effect, type RunPolicy, type RunRecord, defaultRunPolicy } from "../vocabulary/run.js";
import type { RunEvent } from "./event.js";
import { createRunMachine } from "./run.machine.js";

/** The compiled chart of a run. */
export type CompiledRun = Compiled<RunRecord, RunEvent, Effect>;

/** Compiles the lifecycle, or a machine made from it by `provide`. */
export function compileRun(
  policy: RunPolicy = defaultRunPolicy,
  machine: AnyStateMachine = createRunMachine(policy),
): CompiledRun {
  return compileMachine<RunRecord, RunEvent, Effect>(machine, { stateField: "status" });
}
