/**
 * What a law is: a claim with everything that makes it credible. Data; who checks it is not its business.
 *
 * `breach` returns the reason, not a boolean: the counterexample prints it. `witness` says when the law has
 * something to say; a law whose witness is never reached is vacuous. Every law names broken systems, its
 * mutants, on which it must fail.
 */
import type { ActionInstance, Model, System } from "../spec/kernel/index.js";

/** The reason of a breach, with the values found; `null` when there is none. */
export type Breach = string | null;

/** How a check is decided; each has its own interface below. */
export type CheckKind = "invariant" | "step" | "response" | "convergence" | "hyper";

/** Fields of every check. `S` is the state of the system, `F` its effects. */
interface CheckHead {
  readonly system: System;
  /** Which configuration of the system; the first when absent. */
  readonly configuration?: string;
  /** One clause of a law that has several: printed with the verdict. */
  readonly clause?: string;
  /**
   * The breach is the same whichever of the system's interchangeable ids are swapped, so that one state of
   * each orbit suffices. Default true; a law that prefers one id over another says false.
   */
  readonly symmetric?: boolean;
}

/** Holds in every reachable state. */
export interface InvariantCheck<S extends object = object> extends CheckHead {
  readonly kind: "invariant";
  /** Called on every distinct state. */
  breach(state: S): Breach;
  /** Whether the law has something to say of this state; a law that never has is vacuous. */
  witness(state: S): boolean;
}

/** Holds of every reachable step. */
export interface StepCheck<S extends object = object, F = unknown> extends CheckHead {
  readonly kind: "step";
  /** Names of the actions the law is about; all when absent. */
  readonly actions?: readonly string[];
  /** Called on every enabled step, with the effects it gave. */
  breach(before: S, action: ActionInstance, after: S, effects: readonly F[]): Breach;
  /** Whether the law has something to say of this step. */
  witness(before: S, action: ActionInstance, after: S, effects: readonly F[]): boolean;
}

/**
 * What starts is answered at the latest by the step that counts unit number `within`, on every path.
 *
 * The unit is counted, not timed: `counts` says which steps are one unit. Starting again while an answer is
 * due does not restart the count. Reaching `starts` is the witness.
 */
export interface ResponseCheck<S extends object = object, F = unknown> extends CheckHead {
  readonly kind: "response";
  /** The bound, from the model's parameters, and the name of its unit: `2 × observers + 1` reports. */
  within(model: Model): number;
  readonly unit: string;
  /** Whether this step makes an answer due. */
  starts(before: S, action: ActionInstance, after: S, effects: readonly F[]): boolean;
  /** Whether this step is the answer; nothing is due after it. */
  answered(before: S, action: ActionInstance, after: S, effects: readonly F[]): boolean;
  /** Whether this step counts as one unit of the bound. */
  counts(before: S, action: ActionInstance, after: S, effects: readonly F[]): boolean;
  /** What was not answered, for the counterexample. */
  breach(state: S, counted: number): string;
}

/** A script: action instance ids, applied one after another. */
export type Script = readonly number[];

/** One step of a script. */
export interface ScriptStep<S extends object = object, F = unknown> {
  readonly action: ActionInstance;
  readonly before: S;
  readonly after: S;
  readonly effects: readonly F[];
}

/** What came of a script. It ends early at the first action that is not enabled: `blocked` is its place. */
export interface ScriptOutcome<S extends object = object, F = unknown> {
  readonly steps: readonly ScriptStep<S, F>[];
  readonly end: S;
  readonly blocked: number | null;
}

/** Scripts that are compared with each other. The first is the reference. */
export interface ScriptCase {
  readonly label: string;
  readonly scripts: readonly Script[];
}

/** Finds action instances of the model by name. */
export interface ActionIndex {
  readonly all: readonly ActionInstance[];
  /** All instances of an action. */
  of(name: string): readonly ActionInstance[];
  /** The one instance with these arguments; a RangeError when there is none. */
  get(name: string, args?: Readonly<Record<string, unknown>>): ActionInstance;
}

/** From every reachable state, running the scripts of each case gives outcomes that agree. */
export interface ScriptCheck<S extends object = object, F = unknown> extends CheckHead {
  /** `convergence`: repeated or reordered inputs. `hyper`: one script with and without a restart. */
  readonly kind: "convergence" | "hyper";
  /** Scripts to run from this state and to compare; none where the law does not apply. */
  cases(state: S, actions: ActionIndex, model: Model): readonly ScriptCase[];
  /** Compares the outcomes of one case, in the order of its scripts. */
  breach(outcomes: readonly ScriptOutcome<S, F>[], which: ScriptCase): Breach;
  /** Whether the outcomes of this case say anything; blocked scripts may not. */
  witness(outcomes: readonly ScriptOutcome<S, F>[], which: ScriptCase): boolean;
}

/** What a search of a model can decide of a law; told apart by `kind`. */
export type Check<S extends object = object, F = unknown> =
  | InvariantCheck<S>
  | StepCheck<S, F>
  | ResponseCheck<S, F>
  | ScriptCheck<S, F>;

/** One event of a recorded log, and the record it came in. */
export interface HistoryEvent {
  readonly type: string;
  readonly data: unknown;
}

/** Number and stamp of the record an event came in. Ages on one boot use `monotonicMs`, in milliseconds. */
export interface HistoryPlace {
  readonly seq: number;
  readonly at: { readonly bootId: string; readonly monotonicMs: number; readonly wallMs: number };
}

/** The fold of a log, as its store has it. `apply` owns the state and may change it in place. */
export interface HistoryFold<S> {
  readonly name: string;
  /** The state before the first record; a new object each time. */
  initial(): S;
  /** The state after one more event. */
  apply(state: S, event: HistoryEvent, place: HistoryPlace): S;
  /** The state a checkpoint holds. */
  restore(data: unknown): S;
}

/** Why an event must not stand where it stands; `earlier` is the `seq` of the record it contradicts. */
export interface HistoryBreach {
  readonly reason: string;
  readonly earlier: number | null;
}

/** Holds of every event of a recorded log: judged on the fold of all that stands before it. */
export interface HistoryCheck<S = unknown> {
  readonly kind: "history";
  readonly fold: HistoryFold<S>;
  /** Judges an event on the state just before it; `null`: it may stand. */
  breach(before: S, event: HistoryEvent, place: HistoryPlace): HistoryBreach | null;
  /** Does the law have something to say of this event? */
  witness(before: S, event: HistoryEvent): boolean;
}

/** States a history check with its state type; the registry keeps it without. */
export function history<S>(definition: Omit<HistoryCheck<S>, "kind">): HistoryCheck {
  return { kind: "history", ...definition } as unknown as HistoryCheck;
}

/** A small named change of a machine or a system on which the law must fail. */
export interface Mutant {
  readonly name: string;
  /** What was changed, in one sentence. */
  readonly change: string;
  readonly system: System;
  /** Which configuration it is looked for in; the first when absent. */
  readonly configuration?: string;
  readonly variant: unknown;
}

/** Subject a law belongs to; documents are grouped by it. */
export type Subject = "run" | "worker-lease" | "lane-lease" | "journal" | "mutex" | "surface";

interface LawHead {
  /** Permanent. */
  readonly id: string;
  /** Two or three words. */
  readonly title: string;
  readonly subject: Subject;
  /** One sentence in the present tense. */
  readonly statement: string;
  /** One line of notation, for readers. */
  readonly formal: string;
  /** The incident or the loss that the law prevents. */
  readonly why: string;
  /** What a recorded log is judged by. */
  readonly history?: readonly HistoryCheck[];
}

/** A law that is checked on a model. */
export interface ModelLaw extends LawHead {
  readonly checks: readonly [Check, ...Check[]];
  readonly mutants: readonly [Mutant, ...Mutant[]];
}

/** A law that no model can decide; listed, and never as holding. */
export interface PendingLaw extends LawHead {
  readonly checks: readonly [];
  readonly mutants: readonly [];
  /** What it takes to check it. */
  readonly pending: string;
}

/**
 * A small named change of this project's own sources that a surface law has to catch: with the changed text laid over
 * the file, the lint finds a breach of the law on the line that holds `at`.
 */
export interface SourceMutant {
  readonly name: string;
  /** What was changed, in one sentence. */
  readonly change: string;
  /** The file that is changed, or a new one; relative to the root of the sources. */
  readonly file: string;
  /** Put at the end of the file. */
  readonly append?: string;
  /** What stands in the file once, and what stands in its place. */
  readonly replace?: readonly [found: string, instead: string];
  /** Part of the line that the finding is on. */
  readonly at: string;
  /** The file of that line, when it is another one. */
  readonly in?: string;
}

/**
 * A claim about source code: no model decides it. The lint does, on a configuration whose surfaces name the law.
 * Beside these mutants, the ways around a surface are those of the lint's corpus.
 */
export interface SurfaceLaw extends PendingLaw {
  readonly subject: "surface";
  readonly sourceMutants: readonly [SourceMutant, ...SourceMutant[]];
}

/** Every entry of the catalogue: checked on models, pending, or decided by the lint. */
export type Law = ModelLaw | PendingLaw | SurfaceLaw;

/** Whether no model decides the law. Laws of the write surface are among these: the lint decides them. */
export function isPending(law: Law): law is PendingLaw {
  return "pending" in law;
}

/** States a check with its state and effect types; the registry keeps it without them. */
export function check<S extends object, F = unknown>(definition: Check<S, F>): Check {
  return definition;
}

/** Where a check runs, as printed: `run-monitor/panes`. */
export function placeOf(check: {
  readonly system: { readonly name: string };
  readonly configuration?: string;
}): string {
  const { configuration } = check;
  return configuration === undefined || configuration === ""
    ? check.system.name
    : `${check.system.name}/${configuration}`;
}
