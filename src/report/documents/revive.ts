/**
 * A findings file read back into the report that it was made of, without times.
 *
 * Paths are replayed on the models as they are now: the models, laws and mutants of the sources decide what a page
 * shows. What does not fit them any more, or does not breach its law, is a `StaleError` that says what to do.
 */
import { type Check, type Law, type Mutant, isPending, placeOf } from "../../../laws/law.js";
import type { Configuration, System } from "../../../spec/kernel/index.js";
import { type Counterexample, ModelError } from "../../checker/index.js";
import type { CheckReport, LawReport, MutantReport, VerifyReport } from "../../verify/result.js";
import type { Chart } from "../charts/charts.js";
import { replayPath } from "../replay.js";
import type { Findings, LawFinding } from "./findings.js";

/** What was found does not belong to these sources: find it anew. */
export class StaleError extends Error {
  override readonly name = "StaleError";
  constructor(what: string) {
    super(`the findings do not fit the sources: ${what}. Make them anew with npm run docs.`);
  }
}

export function reportOf(found: Findings, laws: readonly Law[], charts: readonly Chart[]): VerifyReport {
  sameIds(found.laws, laws);
  const searches = found.searches.map(searchOf);
  const reports = laws.map((law, index) => lawReport(law, found.laws[index] as LawFinding, found));
  const mutants = reports.flatMap((law) => [...law.mutants, ...law.judged.flatMap((one) => one.mutants)]);
  const states = searches.map(({ statistics }) => statistics.distinctStates);
  return {
    verdict: found.verdict,
    bounds: found.bounds,
    seconds: 0,
    jobs: 0,
    interrupted: false,
    laws: reports,
    searches,
    agreement: { ...found.agreement, machines: [] },
    coverage: found.coverage.map((one) => coverageOf(one, charts)),
    totals: {
      distinctStates: sum(states),
      transitions: sum(found.searches.map(({ transitions }) => transitions)),
      laws: reports.length,
      holding: reports.filter(({ status }) => status === "holds").length,
      pending: reports.filter(({ status }) => status === "not-yet-checked").length,
      mutants: mutants.length,
      caught: mutants.filter(({ caught }) => caught).length,
      peakRssBytes: 0,
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sameIds(found: Findings["laws"], laws: readonly Law[]): void {
  const [theirs, ours] = [found.map(({ id }) => id), laws.map(({ id }) => id)];
  const odd = [...theirs.filter((id) => !ours.includes(id)), ...ours.filter((id) => !theirs.includes(id))];
  if (odd.length > 0) throw new StaleError(`laws ${odd.join(", ")}`);
  if (theirs.join() !== ours.join()) throw new StaleError("the laws are in another order");
}

function lawReport(law: Law, finding: LawFinding, found: Findings): LawReport {
  const { id, title, subject, statement, why } = law;
  const { status, judged } = finding;
  const checked = paired(law, "checks", law.checks, finding.checked).map(([check, one]): CheckReport => {
    const { on, kind, clause, verdict, states, witness } = one;
    if (kind !== check.kind || clause !== (check.clause ?? null) || on !== placeOf(check)) {
      throw new StaleError(`check of ${id} on ${on}`);
    }
    const head = { on, kind, clause, verdict, states, witness };
    return { ...head, witnessed: witness !== null, limit: null, counterexample: null };
  });
  const mutants = paired(law, "mutants", law.mutants, finding.mutants).map(([mutant, one]) =>
    mutantReport(law, mutant, one, found),
  );
  const pending = isPending(law) ? law.pending : null;
  return { id, title, subject, statement, why, status, pending, checked, mutants, judged, seconds: 0 };
}

function paired<A, B>(law: Law, what: string, ours: readonly A[], theirs: readonly B[]): readonly [A, B][] {
  if (ours.length !== theirs.length) {
    throw new StaleError(`law ${law.id} has ${ours.length} ${what}, they say ${theirs.length}`);
  }
  return ours.map((one, index) => [one, theirs[index] as B]);
}

function mutantReport(
  law: Law,
  mutant: Mutant,
  finding: LawFinding["mutants"][number],
  { bounds }: Findings,
): MutantReport {
  const { name, on, steps, states, found } = finding;
  if (name !== mutant.name) throw new StaleError(`law ${law.id} has no mutant "${name}" in that place`);
  const { change } = mutant;
  const head = { name, change, on, steps, states, limit: null };
  if (found === null) return { ...head, caught: false, counterexample: null };
  const { system } = mutant;
  const { parameters } = { parameters: configurationAt(system, on).bounds[bounds] };
  for (const check of checksLike(law, mutant, found)) {
    const counterexample = breachAt({ law, mutant, check, on, system, parameters }, found.path);
    if (counterexample !== null) return { ...head, caught: true, counterexample: { ...counterexample, states } };
  }
  throw new StaleError(`${law.id} on mutant "${name}" is not breached at the end of its path`);
}

function breachAt(point: Parameters<typeof replayPath>[0], path: readonly number[]): Counterexample | null {
  try {
    return replayPath(point, path).found;
  } catch (error) {
    if (!(error instanceof ModelError) || error.failure.code !== "model/replay") throw error;
    throw new StaleError(`${point.law.id} on mutant "${point.mutant?.name ?? ""}": ${error.message}`);
  }
}

function checksLike(
  law: Law,
  { system }: Mutant,
  { kind, clause }: NonNullable<LawFinding["mutants"][number]["found"]>,
): readonly Check[] {
  return law.checks.filter(
    (check) => check.system.name === system.name && check.kind === kind && (check.clause ?? null) === clause,
  );
}

export function configurationAt(system: System, on: string): Configuration {
  const name = on.split("/")[1] ?? "";
  const found = system.configurations.find((one) => one.name === name);
  if (found === undefined) throw new StaleError(`system ${system.name} has no configuration "${name}"`);
  return found;
}

function searchOf(found: Findings["searches"][number]): VerifyReport["searches"][number] {
  const { on, purpose, parameters, complete, levels, transitions } = found;
  const times = { seconds: 0, statesPerSecond: 0, peakRssBytes: 0, stateBytes: 0 };
  const sizes = { distinctStates: sum(levels), transitions, depth: levels.length, levels };
  return { on, purpose, parameters, complete, limit: null, statistics: { ...sizes, ...times } };
}

function coverageOf(
  { system, machines, unreachedActions }: Findings["coverage"][number],
  charts: readonly Chart[],
): VerifyReport["coverage"][number] {
  const covered = machines.map(({ machine, pairs, taken, oneSided }) => {
    const chart = charts.find(({ id }) => id === machine);
    const labels = chart?.compiled.transitions.map(({ label }) => label) ?? [];
    if (labels.length !== taken.length) {
      throw new StaleError(`machine ${machine} has ${labels.length} transitions, they say ${taken.length}`);
    }
    const transitions = labels.map((label, index) => ({ label, taken: taken[index] ?? 0 }));
    const unreached = transitions.filter((one) => one.taken === 0).map(({ label }) => label);
    return { machine, transitions, unreached, guards: [], oneSided, pairs };
  });
  return { system, coverage: { machines: covered, actions: [], unreachedActions } };
}
