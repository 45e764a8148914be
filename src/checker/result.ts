/** What a search found. Plain data: printers, documents and tests read it, and it travels between threads. */
import type { CheckKind } from "../../laws/law.js";

/** Only `holds` passes. `vacuous`: its witness was never reached. `unknown`: a limit was reached first. */
export type Verdict = "holds" | "violated" | "vacuous" | "unknown";

/** Why a search ended early. */
export interface LimitReached {
  readonly limit: "states" | "seconds" | "memory" | "interrupted";
  /** The limit as it was set, in states, seconds or bytes; 0 for an interruption. */
  readonly value: number;
}

/** Initial state number, then action instance ids: all that is needed to replay. */
export type Path = readonly number[];

/** A field that a step changed: `leases[0].phase`, from and to. */
export interface Change {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** One step of a trace. Step 0 is the initial state, its action is `init`. */
export interface TraceStep {
  readonly index: number;
  readonly action: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly actors: readonly [from: string, to: string] | null;
  /** Every field for step 0, then only what the step changed. */
  readonly changes: readonly Change[];
  readonly effects: readonly unknown[];
  readonly state: unknown;
}

/** A script that was run from the end of the path, for convergence and hyper laws. */
export interface TraceBranch {
  readonly label: string;
  readonly path: Path;
  readonly steps: readonly TraceStep[];
}

/** A shortest path to a breach. It was replayed before it was reported. */
export interface Counterexample {
  readonly law: string;
  readonly kind: CheckKind;
  readonly clause: string | null;
  /** `system` or `system/configuration`. */
  readonly on: string;
  readonly model: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Name of the mutant it was found on; null on the right system. */
  readonly mutant: string | null;
  readonly breach: string;
  readonly path: Path;
  readonly steps: readonly TraceStep[];
  /** Scripts compared at the end of the path; empty for other kinds. */
  readonly branches: readonly TraceBranch[];
  /** Distinct states seen when it was found. */
  readonly states: number;
}

/** What was exercised of one machine. Counts are over distinct (record, event) pairs. */
export interface MachineCoverage {
  readonly machine: string;
  readonly transitions: readonly { readonly label: string; readonly taken: number }[];
  readonly unreached: readonly string[];
  readonly guards: readonly { readonly guard: string; readonly held: number; readonly failed: number }[];
  /** Guards that answered only one way. */
  readonly oneSided: readonly string[];
  /** Distinct (record, event) pairs. */
  readonly pairs: number;
}

/** What a search reached of the model. What is never reached was never checked. */
export interface Coverage {
  readonly machines: readonly MachineCoverage[];
  /** Enabled steps of each action, over all explored states. */
  readonly actions: readonly { readonly action: string; readonly steps: number }[];
  readonly unreachedActions: readonly string[];
}

/** One check after a search. */
export interface CheckResult {
  /** The key it was asked with. */
  readonly key: string;
  readonly verdict: Verdict;
  readonly witnessed: boolean;
  /** Path to the first witness. */
  readonly witness: Path | null;
  readonly counterexample: Counterexample | null;
}

/** Sizes and speed of a search. */
export interface SearchStatistics {
  readonly distinctStates: number;
  /** Enabled actions of every expanded state, plus one for the initial states together. */
  readonly transitions: number;
  /** Levels of the breadth-first search; the initial states are level 1. */
  readonly depth: number;
  /** New states of each level. */
  readonly levels: readonly number[];
  readonly seconds: number;
  readonly statesPerSecond: number;
  /** Largest resident set of the process so far, in bytes. */
  readonly peakRssBytes: number;
  /** Packed bytes of one state. */
  readonly stateBytes: number;
}

/** What a search found, and how much it looked at. */
export interface SearchResult {
  readonly model: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly symmetry: boolean;
  /** Complete: every reachable state within the bounds was expanded. */
  readonly complete: boolean;
  readonly limit: LimitReached | null;
  readonly statistics: SearchStatistics;
  readonly checks: readonly CheckResult[];
  readonly coverage: Coverage;
}

/** A glance at a running search. */
export interface Progress {
  readonly model: string;
  readonly distinctStates: number;
  readonly frontier: number;
  readonly depth: number;
  readonly transitions: number;
  readonly seconds: number;
  readonly rssBytes: number;
}

/** Verdict of a whole from those of its parts: the worst of them. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  for (const verdict of ["violated", "vacuous", "unknown"] as const) {
    if (verdicts.includes(verdict)) return verdict;
  }
  return "holds";
}
