/** Running scripts of actions from a state, for convergence and hyper laws. */
import type { ActionIndex, Script, ScriptOutcome, ScriptStep } from "../../laws/law.js";
import { type ActionFamily, type ActionInstance, type Model, instancesOf } from "../../spec/kernel/index.js";

const noEffects: readonly unknown[] = [];

/** The model's actions in the form the search steps over: instance i, its family and its arguments. */
export interface ActionTable {
  readonly instances: readonly ActionInstance[];
  readonly families: readonly ActionFamily<object>[];
  readonly index: ActionIndex;
}

/** Action instances of a model by id and by name; an unknown name is a RangeError. */
export function actionTable(model: Model): ActionTable {
  const instances = instancesOf(model);
  const families = model.actions.flatMap((family) => family.instances.map(() => family));
  const byName = new Map<string, ActionInstance[]>();
  for (const instance of instances) {
    const list = byName.get(instance.name);
    if (list === undefined) byName.set(instance.name, [instance]);
    else list.push(instance);
  }
  const index: ActionIndex = {
    all: instances,
    of: (name) => {
      const list = byName.get(name);
      if (list === undefined) throw new RangeError(unknownAction(model, name, [...byName.keys()]));
      return list;
    },
    get: (name, args = {}) => {
      const wanted = Object.entries(args);
      const found = index.of(name).find((one) => wanted.every(([key, value]) => one.args[key] === value));
      if (found !== undefined) return found;
      throw new RangeError(`model ${model.name}: no ${name} with ${JSON.stringify(args)}`);
    },
  };
  return { instances, families, index };
}

function unknownAction(model: Model, name: string, known: readonly string[]): string {
  return `model ${model.name} has no action "${name}", it has ${known.join(", ")}`;
}

/** The effects of one action in a state in which it is enabled. */
export function effectsOf(table: ActionTable, id: number, before: object): readonly unknown[] {
  const family = table.families[id] as ActionFamily<object>;
  const instance = table.instances[id] as ActionInstance;
  return family.effects === undefined ? noEffects : family.effects(before, instance.args);
}

/** Applies the script's actions one after another; ends at the first that is not enabled. */
export function runScript(table: ActionTable, start: object, script: Script): ScriptOutcome {
  const steps: ScriptStep[] = [];
  let state = start;
  for (let place = 0; place < script.length; place += 1) {
    const id = script[place] as number;
    const family = table.families[id] as ActionFamily<object>;
    const action = table.instances[id] as ActionInstance;
    const after = family.next(state, action.args);
    if (after === null) return { steps, end: state, blocked: place };
    steps.push({ action, before: state, after, effects: effectsOf(table, id, state) });
    state = after;
  }
  return { steps, end: state, blocked: null };
}
