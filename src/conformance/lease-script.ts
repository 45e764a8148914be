/**
 * One script of actions on a store: every step is compared with what the model makes of it, and judged by the laws.
 * It ends at the first breach. After a step that the model does not have it goes on for a while, to find the law
 * that suffers from it.
 */
import { isDeepStrictEqual } from "node:util";

import { isDead } from "../../laws/lane-lease/contention.js";
import type { ActionInstance } from "../../spec/kernel/index.js";
import type { ContentionState } from "../../spec/systems/lane-contention-state.js";
import type { Finding, LawJudge } from "./law-judge.js";
import type { LeaseAdapter } from "./lease-adapter.js";
import type { Scene } from "./lease-scenes.js";
import { LeaseSubject } from "./lease-subject.js";
import type { Divergence } from "./report.js";

/** Two appends under way at once, as a step beside those of the model. */
export const raceId = -1;

/** Number of an action, or how to pick one of those that are possible at that place. */
export type Choice = number | { readonly pick: number };

export interface ScriptRun {
  /** The steps that were performed, as they are written in a script file. */
  readonly steps: readonly string[];
  /** Numbers of the actions, in the order they were performed. */
  readonly ids: readonly number[];
  readonly states: readonly ContentionState[];
  readonly divergence: Divergence | null;
  /** What the last step breaches. */
  readonly findings: readonly Finding[];
}

/** How often a race is picked when there can be one; see the weights of the scenes. */
const raceWeight = 4;

/** Steps that are still performed after one that the model does not have. */
const stepsAfterMax = 24;

export async function runLeaseScript(
  adapter: LeaseAdapter,
  scene: Scene,
  choices: readonly Choice[],
  judge: LawJudge,
): Promise<ScriptRun> {
  const store = await adapter.open();
  const run = new Running(scene, new LeaseSubject(store, scene.parameters), judge);
  try {
    for (const choice of choices) if (!(await run.step(choice))) break;
    await run.settle();
  } finally {
    await run.subject.close();
  }
  return run;
}

class Running implements ScriptRun {
  readonly steps: string[] = [];
  readonly ids: number[] = [];
  readonly states: ContentionState[];
  divergence: Divergence | null = null;
  findings: readonly Finding[] = [];
  #state: ContentionState;

  constructor(
    readonly scene: Scene,
    readonly subject: LeaseSubject,
    private readonly judge: LawJudge,
  ) {
    const [initial] = scene.model.initial;
    if (initial === undefined) throw new RangeError("a model without a beginning");
    this.#state = initial;
    this.states = [initial];
  }

  /** False: the script ends here. */
  async step(choice: Choice): Promise<boolean> {
    const id = typeof choice === "number" ? choice : this.#picked(choice.pick);
    if (id === raceId) return this.#race();
    return (await this.#perform(id)) && (await this.#serve());
  }

  async #perform(id: number): Promise<boolean> {
    const action = this.scene.actions[id];
    const expected = action === undefined ? null : this.#next(action);
    if (action === undefined || expected === null) return true;
    try {
      const { state, effects } = await this.subject.perform(this.#state, action, expected);
      const wanted = this.scene.families[id]?.effects?.(this.#state, action.args) ?? [];
      const same = isAlike(expected, state) && isDeepStrictEqual(wanted, effects);
      return this.#judge(id, action, state, effects, same ? null : [expected, wanted]);
    } catch (error) {
      return this.#failed(id, action.label, error);
    }
  }

  /** Who waits in line is answered by itself: whoever the model would grant the lane now, and whoever the store did. */
  async #serve(): Promise<boolean> {
    if (!this.scene.parameters.waits) return true;
    for (let served = 0; served < this.#state.principals.length; served += 1) {
      const waiting = this.scene.actions.filter(({ name, args }) => {
        const principal = this.#state.principals[Number(args["principal"])];
        return name === "append" && principal?.phase === "acquiring" && principal.token > 0;
      });
      const due =
        waiting.find(({ args }) => this.subject.isAnswered(Number(args["principal"]))) ??
        waiting.find((one) => this.#next(one)?.principals[Number(one.args["principal"])]?.phase === "granted");
      if (due === undefined) return true;
      if (!(await this.#perform(due.id))) return false;
    }
    return true;
  }

  /** After a step that the model does not have: who was granted something hears of it, and acts. */
  async settle(): Promise<void> {
    if (this.divergence === null || this.findings.length > 0) return;
    for (const { id, name } of this.scene.actions) {
      if (name === "hear" && this.findings.length === 0) await this.step(id);
    }
  }

  /** A kind by its weight, then one of its instances; a race when two calls can be made at once. */
  #picked(pick: number): number {
    const { actions, choices } = this.scene;
    const isPossible = (id: number): boolean => {
      const action = actions[id];
      return action !== undefined && this.#next(action) !== null;
    };
    const kinds = choices
      .map(({ ids, weight }) => ({ ids: ids.filter(isPossible), weight }))
      .filter(({ ids }) => ids.length > 0);
    const appends = kinds.find(({ ids }) => actions[ids[0] ?? 0]?.name === "append");
    if (appends !== undefined && appends.ids.length > 1 && !this.scene.parameters.waits) kinds.push({ ids: [raceId], weight: raceWeight });
    let rest = pick % kinds.reduce((sum, { weight }) => sum + weight, 0);
    for (const { ids, weight } of kinds) {
      if (rest < weight) return ids[pick % ids.length] ?? raceId;
      rest -= weight;
    }
    return raceId;
  }

  #next({ id, args }: ActionInstance): ContentionState | null {
    try {
      return this.scene.families[id]?.next(this.#state, args) ?? null;
    } catch (error) {
      // A store that left the model may be in a state in which it has no answer.
      if (this.divergence !== null) return null;
      throw error;
    }
  }

  #judge(
    id: number,
    action: ActionInstance,
    state: ContentionState,
    effects: readonly unknown[],
    expected: readonly [ContentionState, unknown] | null,
  ): boolean {
    const before = this.#state;
    this.#took(id, action.label, state);
    this.findings = this.judge.step({ action, before, after: state, effects });
    if (expected !== null) {
      const [wanted, told] = expected;
      if (isDeepStrictEqual(wanted, state)) this.#diverged(told, effects);
      else this.#diverged(wanted, state);
    }
    const behind = this.divergence === null ? 0 : this.steps.length - this.divergence.step;
    return this.findings.length === 0 && behind < stepsAfterMax;
  }

  #took(id: number, label: string, state: ContentionState): void {
    this.ids.push(id);
    this.steps.push(label);
    this.states.push(state);
    this.#state = state;
  }

  #diverged(expected: unknown, seen: unknown): void {
    const [left, right] = differenceOf(expected, seen);
    this.divergence ??= { step: this.steps.length, expected: left, seen: right };
  }

  #failed(id: number, label: string, error: unknown): boolean {
    this.#took(id, label, this.#state);
    const seen = `it failed: ${error instanceof Error ? error.message : String(error)}`;
    this.divergence ??= { step: this.steps.length, expected: "an answer", seen };
    return false;
  }

  /** The first two principals that have sent something: both calls are under way at once. */
  async #race(): Promise<boolean> {
    const appends = this.scene.actions.filter((action) => action.name === "append" && this.#next(action) !== null);
    const [one, other] = appends;
    if (one === undefined || other === undefined) return true;
    const before = this.#state;
    const orders = [
      [one, other],
      [other, one],
    ] as const;
    const [p, q] = [Number(one.args["principal"]), Number(other.args["principal"])];
    let seen: ContentionState;
    try {
      seen = await this.subject.together(before, p, q);
    } catch (error) {
      return this.#failed(raceId, "race", error);
    }
    for (const [first, second] of orders) {
      const middle = this.#next(first);
      const end = middle === null ? null : this.scene.families[second.id]?.next(middle, second.args);
      if (middle === null || end === null || end === undefined || !isAlike(end, seen)) continue;
      this.findings = [
        ...this.judge.step({ action: first, before, after: middle, effects: [] }),
        ...this.judge.step({ action: second, before: middle, after: end, effects: [] }),
      ];
      this.#took(raceId, "race", seen);
      return this.findings.length === 0;
    }
    // No order of the two explains the answers: what was reached is judged as it is.
    this.#took(raceId, "race", seen);
    this.findings = this.judge.step({ action: { ...one, name: "race" }, before, after: seen, effects: [] });
    this.#diverged("the state after the two calls in one order or the other", seen);
    return this.findings.length === 0;
  }
}

/** Equal, as far as it matters: who is dead may be listed or not, and how a lease was skewed nobody asks. */
function isAlike(one: ContentionState, other: ContentionState): boolean {
  return isDeepStrictEqual(essence(one), essence(other));
}

function essence(state: ContentionState): object {
  const leases = state.registry.leases.filter((lease) => !isDead(state, lease)).map((lease) => ({ ...lease, skew: 0 }));
  const waiters = state.registry.waiters.filter(({ ticket }) => state.principals.some(({ token }) => token === ticket));
  return { ...state, registry: { ...state.registry, leases, waiters } };
}

/** The first part in which two values differ, as text: where it is, and what it is in each. */
function differenceOf(one: unknown, other: unknown, path = ""): readonly [string, string] {
  if (isRecord(one) && isRecord(other)) {
    for (const key of Object.keys(one)) {
      if (!isDeepStrictEqual(one[key], other[key])) return differenceOf(one[key], other[key], path === "" ? key : `${path}.${key}`);
    }
  }
  return [one, other].map((value) => (path === "" ? text(value) : `${path} = ${text(value)}`)) as [string, string];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
