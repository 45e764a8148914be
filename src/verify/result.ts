/** What `verify` found: one record that the table, the JSON, the documents and the exit code are made of. */
import type { CheckKind, Subject } from "../../laws/law.js";
import type { Bounds } from "../../spec/kernel/index.js";
import type { Judged } from "./judged.js";
import type { Counterexample, Coverage, LimitReached, Path, SearchStatistics, Verdict } from "../checker/index.js";

/** `survived`: a mutant that the law did not catch within the bounds. */
export interface MutantReport {
  readonly name: string;
  readonly change: string;
  /** Where it was looked for: `run-monitor/panes`. */
  readonly on: string;
  readonly caught: boolean;
  /** Steps of the shortest counterexample; null when it survived or was not decided. */
  readonly steps: number | null;
  /** Distinct states seen until it was caught. */
  readonly states: number;
  /** A limit ended the search before it was decided. */
  readonly limit: LimitReached | null;
  readonly counterexample: Counterexample | null;
}

/** One check of a law on one configuration of a system. */
export interface CheckReport {
  readonly on: string;
  readonly kind: CheckKind;
  readonly clause: string | null;
  readonly verdict: Verdict;
  /** Distinct states it was checked on. */
  readonly states: number;
  readonly witnessed: boolean;
  /** Path to the first witness; null, or absent where it was not kept, when there is none. */
  readonly witness?: Path | null;
  readonly limit: LimitReached | null;
  readonly counterexample: Counterexample | null;
}

/** `not yet checked here` is a state of its own: it never counts as holding. */
export type LawStatus = Verdict | "survived" | "not-yet-checked";

/** A law, its status, and everything that status rests on. */
export interface LawReport {
  readonly id: string;
  readonly title: string;
  readonly subject: Subject;
  readonly statement: string;
  readonly why: string;
  readonly status: LawStatus;
  /** What it takes to check it; only with `not-yet-checked`. */
  readonly pending: string | null;
  readonly checked: readonly CheckReport[];
  readonly mutants: readonly MutantReport[];
  /** What was judged outside of the models. */
  readonly judged: readonly Judged[];
  /** Seconds of processor time attributed to its mutants and checks. */
  readonly seconds: number;
}

/** One exploration of the right system. */
export interface SearchReport {
  readonly on: string;
  /** `response LL1` for a product with a counter; empty for the plain space. */
  readonly purpose: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly complete: boolean;
  readonly limit: LimitReached | null;
  readonly statistics: SearchStatistics;
}

/** Compiled = XState's own `transition`, over every reachable (record, event). */
export interface AgreementReport {
  readonly verdict: Verdict;
  /** Distinct records compared. */
  readonly states: number;
  /** Distinct (record, event) pairs compared. */
  readonly events: number;
  readonly machines: readonly {
    readonly machine: string;
    readonly on: string;
    readonly states: number;
    readonly pairs: number;
    /** The first pair on which they differ. */
    readonly difference: string | null;
  }[];
}

/** The result of a verification, as the table and the JSON report print it. */
export interface VerifyReport {
  readonly verdict: Verdict | "survived";
  readonly bounds: Bounds;
  readonly seconds: number;
  /** Threads that searched. */
  readonly jobs: number;
  readonly interrupted: boolean;
  readonly laws: readonly LawReport[];
  readonly searches: readonly SearchReport[];
  readonly agreement: AgreementReport;
  /** By system, over all its configurations. */
  readonly coverage: readonly { readonly system: string; readonly coverage: Coverage }[];
  readonly totals: {
    readonly distinctStates: number;
    readonly transitions: number;
    readonly laws: number;
    readonly holding: number;
    readonly pending: number;
    readonly mutants: number;
    readonly caught: number;
    readonly peakRssBytes: number;
  };
}
