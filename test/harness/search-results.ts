/** Runs searches for tests, and takes from results what may differ from one run to the next. */
import type { Check } from "../../laws/law.js";
import type { Model } from "../../spec/kernel/index.js";
import {
  type CheckRequest,
  type CheckResult,
  ModelError,
  type SearchOptions,
  type SearchResult,
  search,
} from "../../src/checker/index.js";

/** One request for each check, with keys `0`, `1`, … */
export function requests(checks: readonly Check[]): CheckRequest[] {
  return checks.map((check, index) => ({ key: String(index), law: `T${index}`, check }));
}

/** Searches with one check; gives its result. */
export function checked(model: Model, check: Check, options: SearchOptions = {}): CheckResult {
  const [result] = search(model, { learnAfter: 0, ...options, checks: requests([check]) }).checks;
  if (result === undefined) throw new Error("the search has no result for its check");
  return result;
}

/** Steps of the counterexample, null when there is none. */
export function stepsOf({ counterexample }: CheckResult): number | null {
  return counterexample === null ? null : counterexample.path.length - 1;
}

/** The result without times and sizes of the process. */
export function timeless(result: SearchResult): object {
  const { distinctStates, transitions, depth, levels, stateBytes } = result.statistics;
  return { ...result, statistics: { distinctStates, transitions, depth, levels, stateBytes } };
}

/** The ModelError that `work` throws; anything else is a failed test. */
export function modelErrorOf(work: () => unknown): ModelError {
  try {
    work();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw new Error(`not a ModelError: ${String(error)}`, { cause: error });
  }
  throw new Error("nothing was thrown");
}
