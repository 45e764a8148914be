/** The kernel: what a model, a machine and a trace are. No domain words. */
export * from "./canonical.js";
export {
  CompileError,
  compileMachine,
  type Compiled,
  type NamedEffect,
  type Probe,
  type Step,
  type TransitionInfo,
} from "./compile-machine.js";
export * from "./machine.js";
export * from "./model.js";
export * from "./symmetry.js";
export * from "./system.js";
export * from "./unreachable.js";
