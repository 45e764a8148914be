/** What the page of a report is given: plain data, everything to be shown as text. */
import type { SearchStatistics } from "../../checker/index.js";
import type { LawStatus } from "../../verify/result.js";

/** A field and its value before and after, as text; null: the field is not there. */
export type SiteChange = readonly [field: string, from: string | null, to: string | null];

export interface SiteStep {
  readonly action: string;
  readonly actors: readonly [from: string, to: string] | null;
  readonly changes: readonly SiteChange[];
  readonly effects: readonly string[];
}

/** A counterexample to play: a path, and the scripts that are compared at its end. */
export interface SitePlay {
  readonly law: string;
  readonly mutant: string | null;
  readonly on: string;
  readonly clause: string | null;
  readonly breach: string;
  readonly replay: string;
  readonly bounds: string;
  readonly steps: readonly SiteStep[];
  readonly scripts: readonly { readonly label: string; readonly steps: readonly SiteStep[] }[];
}

export interface SiteCheck {
  readonly on: string;
  readonly kind: string;
  readonly clause: string | null;
  readonly verdict: string;
  readonly states: number;
  /** Place of its counterexample among the plays. */
  readonly play: number | null;
}

export interface SiteMutant {
  readonly name: string;
  readonly change: string;
  readonly on: string;
  readonly caught: boolean;
  readonly steps: number | null;
  readonly states: number;
  readonly play: number | null;
}

/** What was asked of a program or of sources; `times`: how often the law had something to say. */
export interface SiteJudged {
  readonly on: string;
  readonly scope: string;
  readonly times: number;
  readonly verdict: string;
  readonly mutants: readonly { readonly name: string; readonly change: string; readonly caught: boolean }[];
}

export interface SiteLaw {
  readonly id: string;
  readonly title: string;
  readonly subject: string;
  readonly statement: string;
  readonly formal: string;
  readonly why: string;
  readonly status: LawStatus;
  readonly statusText: string;
  readonly pending: string | null;
  readonly states: number;
  readonly checks: readonly SiteCheck[];
  readonly mutants: readonly SiteMutant[];
  readonly judged: readonly SiteJudged[];
  readonly transitions: readonly { readonly chart: string; readonly rows: readonly number[] }[];
  readonly defended: readonly string[];
  readonly judgedBy: readonly string[];
  readonly surface: readonly string[];
  /** Why no rule closes it in source code; null when one does. */
  readonly noSurface: string | null;
  /** What can happen all the same. */
  readonly limits: readonly string[];
  readonly amended: readonly string[];
}

export interface SiteChart {
  readonly id: string;
  readonly svg: string;
  /** Laws by transition. */
  readonly laws: readonly (readonly string[])[];
}

export interface SiteSearch {
  readonly on: string;
  readonly purpose: string;
  readonly parameters: string;
  readonly complete: boolean;
  readonly statistics: Pick<SearchStatistics, "distinctStates" | "transitions" | "depth" | "levels">;
}

export interface SiteCoverage {
  readonly system: string;
  readonly machine: string;
  readonly transitions: readonly { readonly label: string; readonly taken: number }[];
  readonly oneSided: readonly string[];
}

export interface SiteData {
  readonly verdict: string;
  readonly summary: string;
  readonly bounds: string;
  readonly laws: readonly SiteLaw[];
  readonly plays: readonly SitePlay[];
  readonly charts: readonly SiteChart[];
  readonly searches: readonly SiteSearch[];
  readonly coverage: readonly SiteCoverage[];
  /** By system: actions that were never enabled. */
  readonly idle: readonly { readonly system: string; readonly actions: readonly string[] }[];
}
