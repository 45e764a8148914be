/**
 * Asks the laws of a system about steps of something that runs, seen as states of that system.
 *
 * The laws are the objects that are checked on the models; nothing of them is written again here. Checks that
 * compare scripts are not asked step by step: whoever can run scripts asks them.
 */
import { type Check, type Law, type ResponseCheck, isPending } from "../../laws/law.js";
import type { ActionInstance, Model, System } from "../../spec/kernel/index.js";

export interface ObservedStep {
  readonly action: ActionInstance;
  readonly before: object;
  readonly after: object;
  readonly effects: readonly unknown[];
}

export interface Finding {
  /** Of the check: its law, and its place in it. */
  readonly key: string;
  readonly law: string;
  readonly breach: string;
}

export interface AskedCheck {
  readonly key: string;
  readonly law: string;
  readonly check: Check;
}

export interface LawJudge {
  /** Every law that the step breaches, with its reason. */
  step(step: ObservedStep): readonly Finding[];
}

/** Checks of these laws on the system, whatever the configuration; `scripts`: those that compare scripts. */
export function checksOn(laws: readonly Law[], { name }: Pick<System, "name">, scripts = false): readonly AskedCheck[] {
  const compares = ({ kind }: Check): boolean => kind === "convergence" || kind === "hyper";
  return laws
    .filter((law) => !isPending(law))
    .flatMap(({ id, checks }) => checks.map((check, index) => ({ key: `${id}#${index}`, law: id, check })))
    .filter(({ check }) => check.system.name === name && compares(check) === scripts);
}

/** `judged` counts, by key of the check, how often it had something to say; responses are due within one judge. */
export function createLawJudge(
  asked: readonly AskedCheck[],
  model: Pick<Model, "parameters">,
  judged: Map<string, number>,
): LawJudge {
  const due = new Map<string, number>();
  return {
    step: (step) =>
      asked.flatMap(({ key, law, check }) => {
        const { breach, witness } = ask(check, step, model, due, key);
        if (witness) judged.set(key, (judged.get(key) ?? 0) + 1);
        return breach === null ? [] : [{ key, law, breach }];
      }),
  };
}

interface Word {
  readonly breach: string | null;
  readonly witness: boolean;
}

const nothing: Word = { breach: null, witness: false };

function ask(
  check: Check,
  step: ObservedStep,
  model: Pick<Model, "parameters">,
  due: Map<string, number>,
  key: string,
): Word {
  const { before, action, after, effects } = step;
  switch (check.kind) {
    case "invariant":
      return { breach: check.breach(after), witness: check.witness(after) };
    case "step":
      if (check.actions !== undefined && !check.actions.includes(action.name)) return nothing;
      return {
        breach: check.breach(before, action, after, effects),
        witness: check.witness(before, action, after, effects),
      };
    case "response":
      return count(check, step, model as Model, due, key);
    default:
      return nothing;
  }
}

function count(check: ResponseCheck, step: ObservedStep, model: Model, due: Map<string, number>, key: string): Word {
  const { before, action, after, effects } = step;
  let counted = due.get(key);
  let witness = false;
  if (counted !== undefined && check.counts(before, action, after, effects)) counted += 1;
  if (counted === undefined && check.starts(before, action, after, effects)) {
    witness = true;
    counted = 0;
  }
  if (counted === undefined || check.answered(before, action, after, effects)) {
    due.delete(key);
    return { breach: null, witness };
  }
  due.set(key, counted);
  return { breach: counted >= check.within(model) ? check.breach(after, counted) : null, witness };
}
