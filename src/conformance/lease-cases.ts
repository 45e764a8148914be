/** Checks that compare scripts: each script of a case is run on a store of its own, after the same steps. */
import type { ScriptOutcome, ScriptStep } from "../../laws/law.js";
import { actionTable } from "../checker/index.js";
import type { ContentionState } from "../../spec/systems/lane-contention-state.js";
import type { AskedCheck } from "./law-judge.js";
import type { LeaseAdapter } from "./lease-adapter.js";
import type { Scene } from "./lease-scenes.js";
import { LeaseSubject } from "./lease-subject.js";

export interface CaseBreach {
  readonly law: string;
  readonly breach: string;
  /** The first of the scripts that were compared, with what was done before it. */
  readonly told: readonly string[];
}

/** What a search compares after: nothing was done, or one lease is acquired. */
export const caseBeginnings: readonly (readonly string[])[] = [
  [],
  ["ask(principal=0, lane=0)", "append(principal=0)", "hear(principal=0)"],
];

/** Makes the comparisons that the checks have for the state after these steps; a race has no such state. */
export async function judgeCases(
  adapter: LeaseAdapter,
  scene: Scene,
  before: readonly number[],
  asked: readonly AskedCheck[],
  judged: Map<string, number>,
): Promise<readonly CaseBreach[]> {
  const own = asked.filter(({ check }) => (check.configuration ?? "contention") === scene.name);
  if (own.length === 0 || before.some((id) => scene.actions[id] === undefined)) return [];
  const { index } = actionTable(scene.model);
  const found: CaseBreach[] = [];
  const { end: start } = await outcomeOf(adapter, scene, [], before);
  for (const { key, law, check } of own) {
    if (check.kind !== "convergence" && check.kind !== "hyper") continue;
    for (const which of check.cases(start, index, scene.model)) {
      const outcomes: ScriptOutcome[] = [];
      for (const script of which.scripts) outcomes.push(await outcomeOf(adapter, scene, before, script));
      if (check.witness(outcomes, which)) judged.set(key, (judged.get(key) ?? 0) + 1);
      const breach = check.breach(outcomes, which);
      const told = [...before, ...(which.scripts[0] ?? [])].map((id) => scene.actions[id]?.label ?? "");
      if (breach !== null) found.push({ law, breach, told });
    }
  }
  return found;
}

async function outcomeOf(
  adapter: LeaseAdapter,
  scene: Scene,
  before: readonly number[],
  script: readonly number[],
): Promise<ScriptOutcome & { readonly end: ContentionState }> {
  const subject = new LeaseSubject(await adapter.open(), scene.parameters);
  const steps: ScriptStep[] = [];
  let [state] = scene.model.initial as readonly [ContentionState];
  try {
    for (const [place, id] of [...before, ...script].entries()) {
      const action = scene.actions[id];
      const expected = action === undefined ? null : (scene.families[id]?.next(state, action.args) ?? null);
      if (action === undefined || expected === null) {
        return { steps, end: state, blocked: Math.max(0, place - before.length) };
      }
      const { state: after, effects } = await subject.perform(state, action, expected);
      if (place >= before.length) steps.push({ action, before: state, after, effects });
      state = after;
    }
    return { steps, end: state, blocked: null };
  } finally {
    await subject.close();
  }
}
