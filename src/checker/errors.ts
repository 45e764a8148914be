/** Errors about the model. A broken model is not a violated law: these are thrown, never a verdict. */

export type ModelFailure =
  | { readonly code: "model/schema"; readonly path: string; readonly found: string; readonly hint: string }
  | { readonly code: "model/bounds"; readonly field: string; readonly value: string; readonly expected: string }
  | { readonly code: "model/too-wide"; readonly path: string; readonly values: string }
  | { readonly code: "model/nondeterministic"; readonly action: string; readonly first: string; readonly second: string }
  | { readonly code: "model/mutated"; readonly field: string }
  | { readonly code: "model/replay"; readonly step: number; readonly action: string; readonly found: string }
  | { readonly code: "model/no-initial-state" }
  | { readonly code: "model/asymmetric"; readonly sort: string; readonly found: string };

/** Names the model and, when one was running, the action and the state it ran on. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly failure: ModelFailure;
  readonly context: ModelContext;

  constructor(failure: ModelFailure, context: ModelContext = {}) {
    super(`${where(context)}${describeFailure(failure)} [${failure.code}]`);
    this.failure = failure;
    this.context = context;
  }

  /** The same failure with what the search knows about its place. */
  within(context: ModelContext): ModelError {
    return new ModelError(this.failure, { ...context, ...this.context });
  }
}

export interface ModelContext {
  readonly model?: string;
  readonly action?: string;
  readonly state?: string;
}

function where({ model, action, state }: ModelContext): string {
  const parts = [];
  if (model !== undefined) parts.push(`model ${model}`);
  if (action !== undefined) parts.push(`action ${action}`);
  if (state !== undefined) parts.push(`from state ${state}`);
  return parts.length === 0 ? "" : `${parts.join(", ")}: `;
}

function describeFailure(failure: ModelFailure): string {
  switch (failure.code) {
    case "model/schema":
      return `the schema of ${failure.path} is ${failure.found}, which has no bound. ${failure.hint}`;
    case "model/bounds":
      return `field ${failure.field} holds ${failure.value}, its schema allows ${failure.expected}. Widen the schema or mend the action.`;
    case "model/too-wide":
      return `${failure.path} has ${failure.values} values, a component holds at most 2^53. Split it into two sub-objects.`;
    case "model/nondeterministic":
      return (
        `the same action from the same state gave ${failure.first} and then ${failure.second}. ` +
        "The usual cause is a clock, a random number, or a record that was changed in place."
      );
    case "model/mutated":
      return `it changes ${failure.field} in place. Return a new state that shares what did not change.`;
    case "model/replay":
      return (
        `a path did not replay: at step ${failure.step}, ${failure.action}: ${failure.found}. ` +
        "The usual cause is an action that depends on more than the state and its arguments."
      );
    case "model/no-initial-state":
      return "it has no initial state.";
    case "model/asymmetric":
      return `the schema marks "${failure.sort}" as interchangeable, but ${failure.found}.`;
  }
}
