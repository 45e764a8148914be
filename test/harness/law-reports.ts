/** What tests pin of a report: how large each space is, and how soon each mutant is caught. */
import type { VerifyReport } from "../../src/verify/index.js";

/** By place: distinct states, transitions, depth. A space that was not searched to its end is not there. */
export function spaceSizes({
  searches,
}: VerifyReport): Readonly<Record<string, readonly number[]>> {
  const complete = searches.filter((one) => one.complete && one.purpose === "");
  return Object.fromEntries(
    complete.map(({ on, statistics }) => {
      const { distinctStates, transitions, depth } = statistics;
      return [on, [distinctStates, transitions, depth]];
    }),
  );
}

/** By law and mutant: steps of the shortest counterexample, those of a script behind it counted; null when not caught. */
export function mutantSteps({ laws }: VerifyReport): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    laws.flatMap(({ id, mutants }) => mutants.map(({ name, steps }) => [`${id} ${name}`, steps])),
  );
}
