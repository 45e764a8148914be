/** What a search is asked for, and what it gives while it runs. */
import type { CheckRequest } from "./live-checks.js";
import type { Progress, SearchResult } from "./result.js";

/** Limits of one search. Absent: none. */
export interface Limits {
  readonly statesMax?: number;
  readonly secondsMax?: number;
  /** Resident set of the whole process, in bytes. */
  readonly bytesMax?: number;
}

/** What the search asks of the world; tests give their own. */
export interface Clock {
  /** Seconds from any origin, never running backwards. */
  now(): number;
  /** Resident set of the process, in bytes. */
  rss(): number;
}

/** What a search checks, and what it may spend on it. */
export interface SearchOptions {
  readonly checks?: readonly CheckRequest[];
  /** Explore one state of each orbit. Checks that are not symmetric are refused. */
  readonly symmetry?: boolean;
  readonly limits?: Limits;
  readonly clock?: Clock;
  /** Stop as soon as one check is violated: what is asked of a mutant. */
  readonly stopWhenViolated?: boolean;
  /** Where the model stands, for counterexamples. Defaults to the model's name. */
  readonly on?: string;
  readonly mutant?: string | null;
  /** Call every action and every law on every state, without decision trees. The same result, slower on large spaces. */
  readonly direct?: boolean;
  /**
   * States expanded before decision trees are learnt: they cost more than they save in small spaces. Default 4,096;
   * never, when a component of the model is too wide to branch on.
   */
  readonly learnAfter?: number;
  /** States expanded by decision trees before these are compiled: compiled code is made for what was learnt. */
  readonly compileAfter?: number;
}

/** A search that its caller drives in portions. */
export interface Search {
  /** Expands up to `states` more states; true when the search is over. */
  advance(states: number): boolean;
  /** Ends the search; what is undecided becomes unknown. */
  interrupt(): void;
  /** How far it is; cheap enough to ask after each portion. */
  progress(): Progress;
  /** What is known so far; final once the search is over. */
  result(): SearchResult;
}
