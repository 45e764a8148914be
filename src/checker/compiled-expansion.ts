/**
 * What was learnt of a model's actions and step laws as one generated function: states in, successors out.
 *
 * It does what the learnt trees say and nothing else. Whatever they do not know yet, and every answer of a law
 * other than "nothing to say", goes the way without compiled code. What is learnt later, a law that was settled
 * or forgotten, does not make it wrong, only slower: `refresh` takes in what was learnt since.
 */
import { type AskedLaw, CompiledAction, direct, missed, passes, variantsMax } from "./compiled-action.js";
import type { Judge, OpenLaw } from "./judge.js";
import { Pool, nextOf, poolName, wordOf } from "./lookup.js";
import type { Batch, StateTable } from "./state-table.js";
import type { LearntAction } from "./successors.js";

/** Engines leave functions above a certain size to the interpreter. */
const actionsMax = 160;
/** Share of the actions that may be called directly. */
const directMax = 0.2;

/** What the generated function works on and falls back to. */
export interface ExpansionHost {
  readonly table: StateTable;
  readonly batch: Batch;
  /** Steps by action instance. */
  readonly steps: Float64Array;
  /** The successor at hand, for laws that are asked without their tree. */
  readonly after: Uint32Array;
  readonly judge: Judge;
  /** Takes an action, or finds that it is not enabled, by its tree or by a call. */
  step(index: number, id: number): void;
  /** `step`, where the compiled function knew nothing of what the trees may know by now. */
  miss(index: number, id: number): void;
  /** Adds the batch to the table. */
  flush(): void;
  /** Nothing more is asked of the search. */
  isDecided(): boolean;
}

/** Expands the states `from` … `to − 1`. Returns the next one: less than `to` when the search is decided. */
type Expand = (from: number, to: number) => number;

export class Expansion {
  private readonly host: ExpansionHost;
  private readonly actions: readonly CompiledAction[];
  private readonly expand: Expand;
  private warming = true;

  private constructor(host: ExpansionHost, pool: Pool, actions: readonly CompiledAction[]) {
    this.host = host;
    this.actions = actions;
    const asked = actions.flatMap((action) => action.asked);
    const { judge, after } = host;
    const ask = (place: number, index: number): void => {
      const { law, patch, id } = asked[place] as AskedLaw;
      if (!this.warming) judge.checkLaw(law, index, id, patch, after);
    };
    this.expand = generate(host, pool, actions, (law) => asked.findIndex((one) => one.law === law), ask);
    this.warmUp(pool);
  }

  /** `null` when too many of the actions are called directly anyway. The batch of the host is empty. */
  static of(host: ExpansionHost, learnt: readonly LearntAction[]): Expansion | null {
    if (learnt.length > actionsMax) return null;
    const pool = new Pool();
    const actions = learnt.map((action, id) => new CompiledAction(host, pool, id, action));
    if (actions.filter(({ ready }) => !ready).length > actions.length * directMax) return null;
    return new Expansion(host, pool, actions);
  }

  run(from: number, to: number): number {
    const next = this.expand(from, to);
    for (const action of this.actions) action.credit(next - from, this.host.steps);
    return next;
  }

  /** Takes in what was learnt since. False: it does not fit the text any more. */
  refresh(learnt: readonly LearntAction[]): boolean {
    return this.actions.every((action, id) => action.refresh(learnt[id] as LearntAction));
  }

  /**
   * Runs every part of the function once: engines throw compiled code away when it comes to a part that had
   * never run before. In a pool of equal cells every action is enabled; what comes of it is dropped.
   */
  private warmUp({ cells }: Pool): void {
    const { host, expand } = this;
    const real = cells.slice();
    const steps = host.steps.slice();
    for (let variant = 0; variant < variantsMax; variant += 1) {
      cells.fill(passes);
      cells[passes] = variant;
      expand(0, 1);
      host.batch.count = 0;
    }
    cells.set(real);
    host.steps.set(steps);
    this.warming = false;
  }
}

function generate(
  host: ExpansionHost,
  pool: Pool,
  actions: readonly CompiledAction[],
  placeOf: (law: OpenLaw) => number,
  ask: (place: number, index: number) => void,
): Expand {
  const { words } = host.table;
  const all = Array.from({ length: words }, (_, k) => k);
  const body = `
    const { table, batch, steps: S, after } = host;
    return function expand(from, to) {
      const packed = table.packed;
      const W = batch.words, P = batch.parents, A = batch.actions;
      let c = batch.count, called = false, a = 0, todo = 0, t = 0, m = 0, ${all.map((k) => `${nextOf(k)} = 0`).join(", ")};
      for (let i = from, o = from * ${words}; i < to; i += 1, o += ${words}) {
        const ${all.map((k) => `${wordOf(k)} = packed[o + ${k}] | 0`).join(", ")};
        a = 0;
        state: for (;;) {
          actions: {
            switch (a) {
        ${actions.map((action) => action.text(placeOf)).join("\n        ")}
            }
            break state;
          }
          batch.count = c;
          if (todo === ${missed}) host.miss(i, a - 1);
          else if (todo === ${direct}) host.step(i, a - 1);
          else host.flush();
          c = batch.count;
          called = true;
        }
        if (called) {
          called = false;
          if (host.isDecided()) { batch.count = c; return i + 1; }
        }
      }
      batch.count = c;
      return to;
    };`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- numbers and names of our own, nothing from outside
  const make = new Function("host", poolName, "ask", body) as (...parts: readonly unknown[]) => Expand;
  return make(host, pool.cells, ask);
}
