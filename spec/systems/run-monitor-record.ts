/**
 * The run in the monitor's hands: its machine fired by event number, its log folded, a restart from
 * the log.
 *
 * Records and views are interned: one object for each value, so that every result is computed once.
 * Lists of effects are interned as well and travel as numbers.
 */
import {
  type BuildOptions,
  type Instrument,
  type Machine,
  canonize,
  instrument,
  tabulate,
} from "../kernel/index.js";
import { type RunEvent, compileRun, foldEffects, restarted } from "../run/index.js";
import type { Effect, RunPolicy, RunRecord, RunView } from "../vocabulary/run.js";
import type { RunMonitorVariant } from "./run-monitor-variant.js";

/** What one event did: the next record and the number of the list of effects. */
interface Outcome {
  readonly run: RunRecord;
  readonly list: number;
}

export interface MonitoredRun {
  readonly machine: Machine;
  event(event: RunEvent): number;
  fire(run: RunRecord, event: number): Outcome;
  /** The log's view after a list of effects was appended. */
  append(log: RunView, list: number): RunView;
  /** The record before anything was observed. */
  fresh(log: RunView): RunRecord;
  /** The record a restarted monitor starts from. */
  restart(log: RunView): RunRecord;
  /** The same record with observers a and b exchanged. */
  mirror(run: RunRecord): RunRecord;
  internView(view: RunView): RunView;
  effects(list: number): readonly Effect[];
  /** Whether the list asks for evidence. */
  asks(list: number): boolean;
  join(first: number, second: number): number;
  listOf(effects: readonly Effect[]): number;
}

export function monitoredRun(
  policy: RunPolicy,
  variant: RunMonitorVariant,
  options: BuildOptions = {},
): MonitoredRun {
  const compiled = compileRun(policy, variant.machine?.(policy));
  const run: Instrument<RunRecord, RunEvent, Effect> = instrument("run", compiled, options);
  const records = interning<RunRecord>();
  const views = interning<RunView>();
  const lists = effectLists();
  const fold = variant.fold ?? foldEffects;
  const restart = variant.restart ?? restarted;
  const passed = variant.effects ?? ((effects: readonly Effect[]) => effects);

  const fire = tabulate<RunRecord, Outcome>((record, event) => {
    const step = run.fire(record, event);
    return { run: records(step.next), list: lists.listOf(passed(step.effects)) };
  });
  const append = tabulate<RunView, RunView>((log, list) => views(fold(log, lists.effects(list))));
  const rebuild = tabulate<RunView, RunRecord>((log) => records(restart(log)));
  const exchange = tabulate<RunRecord, RunRecord>((record) => records(exchanged(record)));

  return {
    machine: run.machine,
    event: (event) => run.event(event),
    fire,
    append: (log, list) => (list === 0 ? log : append(log, list)),
    fresh: (log) => records(restarted(log)),
    restart: (log) => rebuild(log, 0),
    mirror: (record) => exchange(record, 0),
    internView: views,
    ...lists,
  };
}

/** One canonical object for each value. Records with the fields of the first one are told apart by values alone. */
function interning<R extends object>(): (record: R) => R {
  const known = new Map<string, R>();
  let fields: readonly (keyof R & string)[] = [];
  return (record) => {
    if (known.size === 0) fields = Object.keys(record) as (keyof R & string)[];
    const values = fields.map((field) => record[field]);
    const isAlike = Object.keys(record).length === fields.length && !values.includes(undefined as never);
    const key = JSON.stringify(isAlike ? values : Object.entries(record).sort(byKey));
    const found = known.get(key);
    if (found !== undefined) return found;
    const canonical = canonize({ ...record });
    known.set(key, canonical);
    return canonical;
  };
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

type EffectLists = Pick<MonitoredRun, "effects" | "asks" | "join" | "listOf">;

/** Number 0 is the empty list. */
function effectLists(): EffectLists {
  const all: (readonly Effect[])[] = [[]];
  const asking: boolean[] = [false];
  const numbers = new Map<string, number>([["[]", 0]]);
  const joined = new Map<number, number>();
  const listOf = (effects: readonly Effect[]): number => {
    if (effects.length === 0) return 0;
    const key = JSON.stringify(effects);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, all.length);
    asking.push(effects.some((effect) => effect.type === "gatherEvidence"));
    return all.push(effects) - 1;
  };
  const effects = (list: number): readonly Effect[] => {
    const found = all[list];
    if (found === undefined) throw new RangeError(`no list of effects has number ${list}`);
    return found;
  };
  return {
    listOf,
    effects,
    asks: (list) => asking[list] === true,
    join: (first, second) => {
      if (second === 0) return first;
      const key = first * 65_536 + second;
      const known = joined.get(key);
      if (known !== undefined) return known;
      const list = listOf([...effects(first), ...effects(second)]);
      joined.set(key, list);
      return list;
    },
  };
}

function exchanged(record: RunRecord): RunRecord {
  const other = (observer: string | null): string | null =>
    observer === "a" ? "b" : observer === "b" ? "a" : observer;
  const deadStreaks = record.deadStreaks.map(({ observer, count }) => ({
    observer: other(observer),
    count,
  }));
  return { ...record, aliveObserver: other(record.aliveObserver), deadStreaks };
}
