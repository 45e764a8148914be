/** An exploration of one system: the record the text, the JSON and the exit code are made of. */
import {
  type Counterexample,
  type Coverage,
  type LimitReached,
  type SearchStatistics,
  type Verdict,
  worst,
} from "../checker/index.js";
import { type CounterexampleFile, counterexampleJson } from "./counterexample-json.js";
import { type Claim, type Page, counterexampleText } from "./counterexample.js";
import { coverageLines } from "./coverage.js";
import { bytes, counted, duration, thousands } from "./numbers.js";
import type { ReplayContext } from "./replay-line.js";
import { tableLines } from "./table.js";
import { flow, valueText } from "./text.js";
import { inkOf, limitText, verdictText } from "./verdict-text.js";

interface ExploredCheck {
  readonly clause: string | null;
  readonly verdict: Verdict;
  readonly counterexample: Counterexample | null;
}

export interface ExploredLaw extends Claim {
  readonly id: string;
  readonly title: string;
  /** The worst of its checks. */
  readonly verdict: Verdict;
  readonly checks: readonly ExploredCheck[];
}

export interface ExploreReport {
  readonly system: string;
  /** Empty: the system's defaults. */
  readonly configuration: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly symmetry: boolean;
  readonly complete: boolean;
  readonly limit: LimitReached | null;
  readonly statistics: SearchStatistics;
  readonly laws: readonly ExploredLaw[];
  /** Laws with checks on the system that this search could not run, and why. */
  readonly left: readonly { readonly id: string; readonly reason: string }[];
  readonly coverage: Coverage;
}

/** Without any law there is nothing that could hold. */
export function explorationVerdict({ laws, complete }: Pick<ExploreReport, "laws" | "complete">): Verdict {
  const verdict = worst(laws.map((law) => law.verdict));
  return verdict === "holds" && (laws.length === 0 || !complete) ? "unknown" : verdict;
}

export interface ExplorePage extends Page {
  readonly verbose: boolean;
}

export function exploreText(report: ExploreReport, page: ExplorePage, context: ReplayContext = {}): string {
  const { system, configuration, coverage, laws } = report;
  return [
    ...headLines(report, page),
    "",
    ...lawLines(report, page),
    "coverage",
    ...coverageLines(configuration === "" ? system : `${system}/${configuration}`, coverage, page),
    "",
    ...laws.flatMap((law) =>
      law.checks.flatMap(({ counterexample }) =>
        counterexample === null ? [] : [counterexampleText(counterexample, law, page, context)],
      ),
    ),
    lastLine(report, page),
    "",
  ].join("\n");
}

function headLines(report: ExploreReport, { width, verbose }: ExplorePage): string[] {
  const { system, configuration, parameters, statistics, symmetry, complete, limit } = report;
  const { distinctStates, transitions, depth, levels, seconds, statesPerSecond, peakRssBytes, stateBytes } =
    statistics;
  const name = configuration === "" ? system : `${system}/${configuration}`;
  const values = Object.entries(parameters).map(([key, value]) => `${key}=${valueText(value)}`);
  const shape = levels.map((count) => String(count));
  const shown = verbose || shape.length <= 12 ? shape : [...shape.slice(0, 11), "…"];
  return [
    ...flow(values, `system       ${name}  `, width, " "),
    `states       ${thousands(distinctStates)}${symmetry ? ", one of each orbit" : ""}`,
    `transitions  ${thousands(transitions)}`,
    `depth        ${thousands(depth)}`,
    ...flow(shown, "levels       ", width, " "),
    `speed        ${counted(statesPerSecond, "state")} a second, ${duration(seconds)}`,
    `memory       peak ${bytes(peakRssBytes)}, ${counted(stateBytes, "byte")} a state`,
    `search       ${complete ? "complete within its bounds" : endText(limit)}`,
  ];
}

function endText(limit: LimitReached | null): string {
  return limit === null ? "not complete" : limitText(limit);
}

function lawLines({ laws, left, system }: ExploreReport, { paint }: ExplorePage): string[] {
  const rows = laws.map(({ id, title, verdict, checks }) => [
    id,
    title,
    verdictText(verdict, paint),
    checks
      .filter((one) => one.verdict !== "holds" && one.clause !== null)
      .map((one) => one.clause ?? "")
      .join("; "),
  ]);
  const others = left.map(({ id, reason }) => paint.dim(`${id}: not judged here: ${reason}`));
  const table = rows.length === 0 ? [`no law was checked on ${system}`] : tableLines(lawColumns, rows);
  return [...table, ...others, ""];
}
const lawColumns = [{ title: "law" }, { title: "claim" }, { title: "verdict" }, { title: "" }];

function lastLine(report: ExploreReport, { paint }: ExplorePage): string {
  const { laws, statistics } = report;
  const verdict = explorationVerdict(report);
  const states = counted(statistics.distinctStates, "state");
  const blamed = laws.filter((law) => law.verdict === verdict).map(({ id }) => id);
  const text =
    verdict === "holds"
      ? `holds: ${counted(laws.length, "law")} on ${states}`
      : laws.length === 0
        ? `unknown: no law was checked, ${states} explored`
        : `${verdict}: ${blamed.join(", ")}; ${laws.filter((law) => law.verdict === "holds").length} of ` +
          `${counted(laws.length, "law")} hold on ${states}`;
  return inkOf(verdict, paint)(text);
}

export function exploreJson(report: ExploreReport) {
  const { system, configuration, parameters, symmetry, complete, limit, statistics, laws, left, coverage } =
    report;
  const { distinctStates, transitions, depth, levels, seconds, statesPerSecond, peakRssBytes, stateBytes } =
    statistics;
  return {
    system,
    configuration,
    parameters,
    verdict: explorationVerdict(report),
    distinctStates,
    transitions,
    depth,
    seconds,
    statesPerSecond,
    peakRssBytes,
    laws: laws.map(({ id, verdict }) => ({ id, verdict })),
    symmetry,
    complete,
    limit,
    levels,
    stateBytes,
    left,
    counterexamples: laws.flatMap(({ checks }) =>
      checks.flatMap(({ counterexample }): CounterexampleFile[] =>
        counterexample === null ? [] : [counterexampleJson(counterexample)],
      ),
    ),
    coverage: {
      machines: coverage.machines.map(({ machine, unreached, oneSided }) => ({
        machine,
        unreached,
        oneSided,
      })),
      unreachedActions: coverage.unreachedActions,
    },
  };
}
