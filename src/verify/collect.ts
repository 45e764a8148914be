/** Puts the results of all tasks together into one report. Pure. */
import { type Check, type Law, isPending, placeOf } from "../../laws/law.js";
import type { Bounds } from "../../spec/kernel/index.js";
import { type CheckResult, type LimitReached, type Verdict, mergeCoverage, worst } from "../checker/index.js";
import type { Task } from "./plan.js";
import type {
  AgreementReport,
  CheckReport,
  LawReport,
  LawStatus,
  MutantReport,
  SearchReport,
  VerifyReport,
} from "./result.js";
import type { TaskResult } from "./run-task.js";

export interface Collected {
  readonly laws: readonly Law[];
  readonly tasks: readonly Task[];
  /** By task; absent when it was not run. */
  readonly results: readonly (TaskResult | undefined)[];
  readonly bounds: Bounds;
  readonly seconds: number;
  readonly jobs: number;
  readonly interrupted: boolean;
  /** The time that was given ran out; null when it did not, or none was given. */
  readonly timeUp: number | null;
}

type SpaceResult = Exclude<TaskResult, { kind: "mutant" }>;

export function collect(collected: Collected): VerifyReport {
  const { laws, bounds, seconds, jobs, interrupted } = collected;
  const reports = laws.map((law) => lawReport(law, collected));
  const spaces = collected.results.filter((result): result is SpaceResult => result !== undefined && result.kind !== "mutant");
  const searches = spaces.map(searchReport);
  const agreement = agreementReport(collected, spaces);
  const mutants = reports.flatMap((report) => report.mutants);
  return {
    verdict: overall(reports, agreement),
    bounds,
    seconds,
    jobs,
    interrupted,
    laws: reports,
    searches,
    agreement,
    coverage: coverageBySystem(spaces),
    totals: {
      distinctStates: sum(spaces.map(({ search }) => search.statistics.distinctStates)),
      transitions: sum(spaces.map(({ search }) => search.statistics.transitions)),
      laws: reports.length,
      holding: reports.filter(({ status }) => status === "holds").length,
      pending: reports.filter(({ status }) => status === "not-yet-checked").length,
      mutants: mutants.length,
      caught: mutants.filter(({ caught }) => caught).length,
      peakRssBytes: Math.max(0, ...spaces.map(({ search }) => search.statistics.peakRssBytes)),
    },
  };
}

function lawReport(law: Law, collected: Collected): LawReport {
  const { id, title, subject, statement, why } = law;
  const head = { id, title, subject, statement, why };
  if (isPending(law)) {
    return { ...head, status: "not-yet-checked", pending: law.pending, checked: [], mutants: [], judged: [], seconds: 0 };
  }
  const checked = law.checks.flatMap((check, index) => checkReport(law, check, index, collected));
  const mutants = law.mutants.flatMap((_, index) => mutantReport(law, index, collected));
  return { ...head, status: statusOf(checked, mutants), pending: null, checked, mutants, judged: [], seconds: secondsOf(law, collected) };
}

/** A breach outweighs all; then a vacuous law, a mutant that survived, and what was not decided. */
function statusOf(checked: readonly CheckReport[], mutants: readonly MutantReport[]): LawStatus {
  const verdict = worst(checked.map((report) => report.verdict));
  if (verdict === "violated" || verdict === "vacuous") return verdict;
  if (mutants.some(({ caught, limit }) => !caught && limit === null)) return "survived";
  if (mutants.some(({ caught }) => !caught)) return "unknown";
  return checked.length === 0 ? "unknown" : verdict;
}

function checkReport(law: Law, check: Check, index: number, collected: Collected): CheckReport[] {
  const { tasks, results } = collected;
  const at = tasks.findIndex(
    (task) => task.kind !== "mutant" && task.checks.some((ref) => ref.law === law.id && ref.check === index),
  );
  if (at === -1) return [];
  const head = { on: placeOf(check), kind: check.kind, clause: check.clause ?? null };
  const result = results[at];
  const found = result?.search.checks.find(({ key }) => key === `${law.id}#${index}`);
  if (result === undefined || found === undefined) {
    const limit = endedBy(collected);
    return [{ ...head, verdict: "unknown", states: 0, witnessed: false, limit, counterexample: null }];
  }
  const { verdict, witnessed, witness, counterexample }: CheckResult = found;
  const { statistics } = result.search;
  const limit = result.search.limit === null ? null : endedBy(collected, result.search.limit);
  return [{ ...head, verdict, states: statistics.distinctStates, witnessed, witness, limit, counterexample }];
}

function mutantReport(law: Law, index: number, collected: Collected): MutantReport[] {
  const { tasks, results } = collected;
  const mutant = law.mutants[index];
  const at = tasks.findIndex((task) => task.kind === "mutant" && task.law === law.id && task.mutant === index);
  if (mutant === undefined || at === -1) return [];
  const { name, change } = mutant;
  const result = results[at];
  if (result === undefined) {
    const limit = endedBy(collected);
    return [{ name, change, on: mutant.system.name, caught: false, steps: null, states: 0, limit, counterexample: null }];
  }
  const violated = result.search.checks.find(({ verdict }) => verdict === "violated");
  const counterexample = violated?.counterexample ?? null;
  return [
    {
      name,
      change,
      on: result.on,
      caught: counterexample !== null,
      steps: counterexample === null ? null : lengthOf(counterexample),
      states: counterexample?.states ?? result.search.statistics.distinctStates,
      limit: counterexample === null && result.search.limit !== null ? endedBy(collected, result.search.limit) : null,
      counterexample,
    },
  ];
}

/** Searches are interrupted when the time is up: the report names the time, not the interruption. */
function endedBy({ timeUp }: Collected, limit: LimitReached = { limit: "interrupted", value: 0 }): LimitReached {
  return limit.limit === "interrupted" && timeUp !== null ? { limit: "seconds", value: timeUp } : limit;
}

/** Steps to the breach: those of the path, and the longest script behind it. */
function lengthOf(counterexample: NonNullable<MutantReport["counterexample"]>): number {
  const scripts = counterexample.branches.map(({ steps }) => steps.length);
  return counterexample.path.length - 1 + Math.max(0, ...scripts);
}

/** A search that serves several laws is shared out among them evenly. */
function secondsOf(law: Law, { tasks, results }: Collected): number {
  let seconds = 0;
  tasks.forEach((task, index) => {
    const spent = results[index]?.seconds ?? 0;
    if (task.kind === "mutant") {
      if (task.law === law.id) seconds += spent;
      return;
    }
    const own = task.checks.filter((ref) => ref.law === law.id).length;
    if (own > 0) seconds += (spent * own) / task.checks.length;
  });
  return seconds;
}

function searchReport(result: SpaceResult): SearchReport {
  const { on, search, kind } = result;
  const { parameters, complete, limit, statistics } = search;
  const purpose = kind === "response" ? `response ${search.checks[0]?.key.split("#")[0] ?? ""}` : "";
  return { on, purpose, parameters, complete, limit, statistics };
}

function agreementReport({ tasks, results }: Collected, spaces: readonly SpaceResult[]): AgreementReport {
  const machines = spaces.flatMap(({ on, agreement }) => agreement.map((one) => ({ ...one, on })));
  const asked = tasks.filter(({ kind }) => kind === "space").length;
  const answered = tasks.filter(({ kind }, index) => kind === "space" && results[index] !== undefined).length;
  const verdicts = machines.map(({ difference, complete }): Verdict => {
    if (difference !== null) return "violated";
    return complete ? "holds" : "unknown";
  });
  if (answered < asked) verdicts.push("unknown");
  const events = sum(machines.map(({ pairs }) => pairs));
  return {
    // Systems without a machine leave nothing to compare, which speaks against nobody.
    verdict: verdicts.length > 0 ? worst(verdicts) : asked > 0 ? "vacuous" : "unknown",
    states: sum(machines.map(({ states }) => states)),
    events,
    machines: machines.map(({ machine, on, states, pairs, difference }) => ({ machine, on, states, pairs, difference })),
  };
}

function coverageBySystem(spaces: readonly SpaceResult[]): VerifyReport["coverage"] {
  const systems = new Map<string, SpaceResult[]>();
  for (const result of spaces) {
    if (result.kind !== "space") continue;
    const system = result.on.split("/")[0] ?? result.on;
    systems.set(system, [...(systems.get(system) ?? []), result]);
  }
  return [...systems].map(([system, results]) => ({
    system,
    coverage: mergeCoverage(results.map(({ search }) => search.coverage)),
  }));
}

function overall(laws: readonly LawReport[], agreement: AgreementReport): VerifyReport["verdict"] {
  const statuses = laws.map(({ status }) => status).filter((status) => status !== "not-yet-checked");
  if (agreement.verdict === "violated") return "violated";
  for (const status of ["violated", "vacuous", "survived"] as const) {
    if (statuses.includes(status)) return status;
  }
  // Nothing checked is nothing known.
  if (statuses.length === 0 || statuses.includes("unknown") || agreement.verdict === "unknown") return "unknown";
  return "holds";
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
