/**
 * Asks the worker-lease laws about every step of a running plane, and the model whether it knows the step.
 *
 * The laws are the objects that are checked on the models; nothing of them is written again here.
 */
import { isDeepStrictEqual } from "node:util";

import { type Check, type ResponseCheck, isPending } from "../../laws/law.js";
import { workerLeaseLaws } from "../../laws/worker-lease/index.js";
import type { ActionInstance, Args, Model } from "../../spec/kernel/index.js";
import { workerPlaneFenced } from "../../spec/systems/worker-plane-fenced.js";
import type { FencedParameters, FencedState } from "../../spec/systems/worker-plane-fenced-state.js";

export interface Step {
  readonly name: string;
  readonly args: Args;
  readonly before: FencedState;
  readonly after: FencedState;
}

interface Asked {
  readonly key: string;
  readonly check: Check;
}

export const askedChecks: readonly Asked[] = workerLeaseLaws
  .filter((law) => !isPending(law))
  .flatMap((law) => law.checks.map((check, index) => ({ key: `${law.id}#${index}`, check })));

export interface Judge {
  /** Throws with the law and its reason when a step breaches one, or when the model has no such step. */
  step(step: Step): void;
  /** Checks that had something to say. */
  readonly witnessed: ReadonlySet<string>;
  readonly steps: number;
}

/**
 * `bounded`: the plane runs within the bounds of the model, so each state and step has to be one of it. Without
 * it only the laws are asked.
 */
export function createJudge(parameters: FencedParameters, { bounded = true } = {}): Judge {
  const model = workerPlaneFenced.build(parameters);
  const witnessed = new Set<string>();
  const due = new Map<string, number>();
  let steps = 0;
  return {
    witnessed,
    get steps() {
      return steps;
    },
    step: (step) => {
      steps += 1;
      const parsed = !bounded ? { success: true as const } : model.schema.safeParse(step.after);
      if (!parsed.success)
        throw new Error(`${show(step)}: not a state of the model: ${parsed.error.message}`);
      for (const { key, check } of askedChecks) {
        const breach = ask(key, check, step, model, { witnessed, due });
        if (breach !== null) throw new Error(`${key} is breached by ${show(step)}: ${breach}`);
      }
      if (bounded) refine(model, step);
    },
  };
}

function ask(
  key: string,
  check: Check,
  step: Step,
  model: Model<FencedState>,
  { witnessed, due }: { witnessed: Set<string>; due: Map<string, number> },
): string | null {
  const { before, after } = step;
  const action: ActionInstance = { id: -1, name: step.name, args: step.args, label: labelOf(step) };
  switch (check.kind) {
    case "invariant":
      if (check.witness(after)) witnessed.add(key);
      return check.breach(after);
    case "step":
      if (check.actions !== undefined && !check.actions.includes(step.name)) return null;
      if (check.witness(before, action, after, [])) witnessed.add(key);
      return check.breach(before, action, after, []);
    case "response":
      return count(key, check, step, action, model, { witnessed, due });
    default:
      throw new TypeError(`a check of kind ${check.kind} is not asked of a running plane`);
  }
}

function count(
  key: string,
  check: ResponseCheck,
  { before, after }: Step,
  action: ActionInstance,
  model: Model<FencedState>,
  { witnessed, due }: { witnessed: Set<string>; due: Map<string, number> },
): string | null {
  let counted = due.get(key);
  if (counted !== undefined && check.counts(before, action, after, [])) counted += 1;
  if (counted === undefined && check.starts(before, action, after, [])) {
    witnessed.add(key);
    counted = 0;
  }
  if (counted === undefined || check.answered(before, action, after, [])) {
    due.delete(key);
    return null;
  }
  due.set(key, counted);
  return counted >= check.within(model) ? check.breach(after, counted) : null;
}

/** The step is one of the model, or changes nothing that the model has. */
function refine(model: Model<FencedState>, step: Step): void {
  if (isDeepStrictEqual(step.before, step.after)) return;
  const family = model.actions.find(({ name }) => name === step.name);
  if (family === undefined) throw new Error(`the model has no action ${step.name}`);
  const next = family.next(step.before, step.args);
  if (next !== null && isDeepStrictEqual(next, step.after)) return;
  const expected = next === null ? "is not enabled" : `gives ${JSON.stringify(next)}`;
  throw new Error(
    `${labelOf(step)} of the model ${expected}\nfrom    ${JSON.stringify(step.before)}\nreached ${JSON.stringify(step.after)}`,
  );
}

function labelOf({ name, args }: Pick<Step, "name" | "args">): string {
  return `${name}(${Object.entries(args)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(", ")})`;
}

function show(step: Step): string {
  return `${labelOf(step)} from ${JSON.stringify(step.before)} to ${JSON.stringify(step.after)}`;
}
