/**
 * Asks the worker-lease laws about every step of a running plane, and the model whether it knows the step.
 *
 * The laws are the objects that are checked on the models; nothing of them is written again here.
 */
import { isDeepStrictEqual } from "node:util";

import { workerLeaseLaws } from "../../laws/worker-lease/index.js";
import type { Args, Model } from "../../spec/kernel/index.js";
import { workerPlaneFenced } from "../../spec/systems/worker-plane-fenced.js";
import type { FencedParameters, FencedState } from "../../spec/systems/worker-plane-fenced-state.js";
import { isPending } from "../../laws/law.js";
import { type AskedCheck, createLawJudge } from "./law-judge.js";

export interface Step {
  readonly name: string;
  readonly args: Args;
  readonly before: FencedState;
  readonly after: FencedState;
}

/** Checks on either worker plane: the states of one are those of the other, with more in them. */
export const askedChecks: readonly AskedCheck[] = workerLeaseLaws
  .filter((law) => !isPending(law))
  .flatMap(({ id, checks }) => checks.map((check, index) => ({ key: `${id}#${index}`, law: id, check })));

export interface Judge {
  /** Throws with the law and its reason when a step breaches one, or when the model has no such step. */
  step(step: Step): void;
  /** How often each check had something to say. */
  readonly judged: ReadonlyMap<string, number>;
  /** Checks that had something to say. */
  readonly witnessed: ReadonlySet<string>;
  readonly steps: number;
}

/** A law that a running plane breaches; `law` null: the model has no such step. */
export class PlaneBreach extends Error {
  override readonly name = "PlaneBreach";

  constructor(
    readonly law: string | null,
    message: string,
    /** What the model makes of the step; null when it is a law that is breached. */
    readonly expected: string | null = null,
    readonly seen = "",
  ) {
    super(message);
  }
}

const models = new WeakMap<FencedParameters, Model<FencedState>>();

/** Made once for the same bounds: a judge is made for every script. */
function modelOf(parameters: FencedParameters): Model<FencedState> {
  const model = models.get(parameters) ?? workerPlaneFenced.build(parameters);
  models.set(parameters, model);
  return model;
}

/**
 * `bounded`: the plane runs within the bounds of the model, so each state and step has to be one of it. Without
 * it only the laws are asked.
 */
export function createJudge(parameters: FencedParameters, { bounded = true } = {}): Judge {
  const model = modelOf(parameters);
  const judged = new Map<string, number>();
  const laws = createLawJudge(askedChecks, model, judged);
  let steps = 0;
  return {
    judged,
    get witnessed() {
      return new Set(judged.keys());
    },
    get steps() {
      return steps;
    },
    step: (step) => {
      steps += 1;
      const { name, args, before, after } = step;
      const action = { id: -1, name, args, label: labelOf(step) };
      const [finding] = laws.step({ action, before, after, effects: [] });
      if (finding !== undefined) {
        throw new PlaneBreach(finding.law, `${finding.key} is breached by ${show(step)}: ${finding.breach}`);
      }
      if (!bounded) return;
      const parsed = model.schema.safeParse(step.after);
      if (!parsed.success) {
        const { message } = parsed.error;
        throw new PlaneBreach(null, `${show(step)}: not a state of the model: ${message}`, "a state of the model", message);
      }
      refine(model, step);
    },
  };
}

/** The step is one of the model, or changes nothing that the model has. */
function refine(model: Model<FencedState>, step: Step): void {
  if (isDeepStrictEqual(step.before, step.after)) return;
  const family = model.actions.find(({ name }) => name === step.name);
  if (family === undefined) throw new PlaneBreach(null, `the model has no action ${step.name}`, "an action", step.name);
  const next = family.next(step.before, step.args);
  if (next !== null && isDeepStrictEqual(next, step.after)) return;
  const expected = next === null ? "is not enabled" : `gives ${JSON.stringify(next)}`;
  const reached = JSON.stringify(step.after);
  throw new PlaneBreach(
    null,
    `${labelOf(step)} of the model ${expected}\nfrom    ${JSON.stringify(step.before)}\nreached ${reached}`,
    next === null ? `no ${labelOf(step)}` : JSON.stringify(next),
    reached,
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
