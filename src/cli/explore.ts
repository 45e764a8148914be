/** `leasehold explore`: the states of one system with parameters of one's own, and its laws on the way. */
import { type Law, placeOf } from "../../laws/law.js";
import type { Model, Parameters, System } from "../../spec/kernel/index.js";
import {
  type CheckRequest,
  type CheckResult,
  type Limits,
  type SearchResult,
  createSearch,
  worst,
} from "../checker/index.js";
import {
  type ExploreReport,
  type ExploredLaw,
  type ReplayContext,
  exploreJson,
  exploreText,
  explorationVerdict,
} from "../report/index.js";
import { findConfiguration, findLaw, findSystem } from "./catalogue.js";
import { UsageError, exitCode, exitCodeOf } from "./exit.js";
import { type RequestFlags, type Requests, judged, requestsFor } from "./explore-requests.js";
import { listenForInterrupt } from "./interrupt.js";
import { pageOf, print, printJson } from "./output.js";
import { parametersOf } from "./parameters.js";
import { type ProgressLine, glanceText, progressLine } from "./progress.js";

export interface ExploreFlags extends RequestFlags {
  readonly set?: readonly string[];
  readonly states?: number;
  readonly seconds?: number;
  readonly memory?: number;
  readonly json?: true;
  readonly verbose?: true;
  readonly color: boolean;
}

/** States expanded between two turns of the event loop. */
const sliceMax = 1024;

export async function exploreCommand(name: string, flags: ExploreFlags): Promise<number> {
  const system = findSystem(name);
  const base =
    flags.configuration === undefined ? {} : findConfiguration(system, flags.configuration).bounds.default;
  const parameters = parametersOf(system, base, flags.set ?? []);
  const requests = requestsFor(system, flags);
  const interrupt = listenForInterrupt();
  const line = await progressLine(flags.json !== true);
  try {
    const searches = await runAll({ system, parameters, requests, flags, signal: interrupt.signal, line });
    line.clear();
    const report = reportOf(system, parameters, requests, searches, flags);
    if (flags.json === true) await printJson(exploreJson(report));
    else {
      const page = { ...pageOf(flags.color), verbose: flags.verbose === true };
      await print(exploreText(report, page, replayContext(system, parameters, flags)));
    }
    return interrupt.signal.aborted ? exitCode.interrupted : exitCodeOf(explorationVerdict(report));
  } finally {
    line.clear();
    interrupt.dispose();
  }
}

/** A replay starts from the named configuration, or from the system's defaults when a parameter is set. */
function replayContext(
  system: System,
  parameters: Parameters,
  { configuration, set }: ExploreFlags,
): ReplayContext {
  const standard = configuration === undefined ? parametersOf(system, {}, []) : null;
  const named = (set ?? []).map((setting) => setting.slice(0, setting.indexOf("=")));
  const differing = Object.entries(parameters).filter(([name, value]) =>
    standard === null ? named.includes(name) : standard[name] !== value,
  );
  const needed =
    standard === null || differing.length > 0 ? differing : Object.entries(parameters).slice(0, 1);
  return { set: Object.fromEntries(needed) };
}

interface Run {
  readonly system: System;
  readonly parameters: Parameters;
  readonly requests: Requests;
  readonly flags: ExploreFlags;
  readonly signal: AbortSignal;
  readonly line: ProgressLine;
}

/** The plain space first; each response check in a search of its own, with its count beside the state. */
async function runAll(run: Run): Promise<readonly SearchResult[]> {
  const { requests } = run;
  const results = [await runOne(run, requests.space)];
  for (const request of requests.responses) results.push(await runOne(run, [request]));
  return results;
}

async function runOne(
  { system, parameters, flags, signal, line }: Run,
  checks: readonly CheckRequest[],
): Promise<SearchResult> {
  const place =
    flags.configuration === undefined ? { system } : { system, configuration: flags.configuration };
  const search = createSearch(buildModel(system, parameters), {
    checks,
    symmetry: flags.symmetry === true,
    limits: limitsOf(flags),
    on: placeOf(place),
  });
  let progress = search.progress();
  while (!search.advance(sliceFor(progress.distinctStates, flags.states))) {
    if (signal.aborted) search.interrupt();
    progress = search.progress();
    const statesPerSecond = progress.seconds > 0 ? progress.distinctStates / progress.seconds : 0;
    const glance = { ...progress, statesPerSecond };
    line.show(() => `${placeOf(place)}  depth ${glance.depth}  ${glanceText(glance)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return search.result();
}

/** Smaller slices near the limit, because the search looks at its limits after each. */
function sliceFor(distinctStates: number, statesMax: number | undefined): number {
  if (statesMax === undefined) return sliceMax;
  return Math.min(sliceMax, Math.max(1, Math.floor((statesMax - distinctStates) / 16)));
}

/** Parameters that each fit may not fit together: the system says so when it is built. */
function buildModel(system: System, parameters: Parameters): Model {
  try {
    return system.build(parameters);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(
      `${system.name} cannot be built with ${JSON.stringify(parameters)}: ${error.message}`,
    );
  }
}

function limitsOf({ states, seconds, memory }: ExploreFlags): Limits {
  return {
    ...(states === undefined ? {} : { statesMax: states }),
    ...(seconds === undefined ? {} : { secondsMax: seconds }),
    ...(memory === undefined ? {} : { bytesMax: memory * 1024 * 1024 }),
  };
}

function reportOf(
  system: System,
  parameters: Parameters,
  requests: Requests,
  searches: readonly SearchResult[],
  flags: ExploreFlags,
): ExploreReport {
  const [space, ...responses] = searches as readonly [SearchResult, ...SearchResult[]];
  const results = new Map(searches.flatMap((search) => search.checks.map((check) => [check.key, check])));
  const { checks, left } = judged(system, requests, (key) => results.get(key)?.verdict, flags);
  const ids = [...new Set(checks.map(({ law }) => law))];
  return {
    system: system.name,
    configuration: flags.configuration ?? "",
    parameters,
    symmetry: space.symmetry,
    // A response search ends at its first breach, and has nothing more to say then.
    complete:
      space.complete &&
      responses.every(({ complete, checks: [only] }) => complete || only?.verdict === "violated"),
    limit: searches.find(({ limit }) => limit !== null)?.limit ?? null,
    statistics: space.statistics,
    laws: ids.map((id) =>
      exploredLaw(
        findLaw(id),
        checks.filter(({ law }) => law === id),
        results,
      ),
    ),
    left,
    coverage: space.coverage,
  };
}

function exploredLaw(
  { id, title, statement, why }: Law,
  requests: readonly CheckRequest[],
  results: ReadonlyMap<string, CheckResult>,
): ExploredLaw {
  const checks = requests.map(({ key, check }) => {
    const result = results.get(key);
    return {
      clause: check.clause ?? null,
      verdict: result?.verdict ?? ("unknown" as const),
      counterexample: result?.counterexample ?? null,
    };
  });
  return { id, title, statement, why, verdict: worst(checks.map(({ verdict }) => verdict)), checks };
}
