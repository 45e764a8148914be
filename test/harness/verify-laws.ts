/** Plans, runs and collects laws of a test's own in this thread: `verify` knows only the catalogue. */
import type { Check, Law, ModelLaw, Mutant } from "../../laws/law.js";
import type { Bounds, Model } from "../../spec/kernel/index.js";
import { collect } from "../../src/verify/collect.js";
import type { VerifyReport } from "../../src/verify/index.js";
import { type Task, plan } from "../../src/verify/plan.js";
import { type TaskResult, runTask } from "../../src/verify/run-task.js";
import { toySystem } from "./toy-models.js";

/** What a test may change of a run. */
export interface RunOptions {
  readonly bounds?: Bounds;
  /** True when everything is to end; asked before each task and between slices. */
  readonly stop?: () => boolean;
  readonly systems?: readonly string[];
  /** Seconds that ran out: what stopped the run was the time, not a person. */
  readonly timeUp?: number;
}

/** The report on these laws, as `verify` would give it. */
export async function verifyLaws(laws: readonly Law[], options: RunOptions = {}): Promise<VerifyReport> {
  const { bounds = "small", stop = () => false, systems, timeUp = null } = options;
  const tasks: Task[] = plan(laws, systems ?? null);
  const results: (TaskResult | undefined)[] = [];
  let seconds = 0;
  const now = (): number => (seconds += 1);
  for (const task of tasks) {
    results.push(
      stop() ? undefined : await runTask(task, { laws, bounds, stop, slice: () => undefined, now }),
    );
  }
  const interrupted = timeUp === null && stop();
  return collect({ laws, tasks, results, bounds, seconds, jobs: 1, interrupted, timeUp });
}

/** A law on toy models: its checks, and its mutants as models. */
export function toyLaw(
  id: string,
  checks: readonly [Check, ...Check[]],
  mutants: Readonly<Record<string, Model>>,
): ModelLaw {
  const list = Object.entries(mutants).map(([name, variant]): Mutant => ({
    name,
    change: `It is ${name}.`,
    system: checks[0].system,
    variant,
  }));
  return {
    id,
    title: `Toy ${id}`,
    subject: "run",
    statement: `The toy obeys ${id}.`,
    formal: "□ p",
    why: "It is a toy.",
    checks,
    mutants: list as unknown as ModelLaw["mutants"],
  };
}

/** A law of one invariant on a model. */
export function toyInvariant<S extends object>(
  model: Model<S>,
  breach: (state: S) => string | null,
  witness: (state: S) => boolean = () => true,
): Check {
  return { kind: "invariant", system: toySystem(model), breach, witness } as unknown as Check;
}
