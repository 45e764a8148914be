/**
 * Observations of the world as events of the run machine, registered once and known by number
 * afterwards.
 *
 * Only evidence reads the time, so only evidence carries the age; every other observation carries
 * the time 0.
 */
import type { RunEvent } from "../run/index.js";
import type { LaunchStage } from "../vocabulary/observation.js";
import { type Source, type Status, status } from "../vocabulary/status.js";
import {
  type Observer,
  type RunMonitorParameters,
  type World,
  foreignPr,
  hashesOf,
  observersOf,
  ownPr,
} from "./run-monitor-schema.js";
import type { Gatherer } from "./run-monitor-variant.js";
import {
  type Lookup,
  type ResolvedWord,
  asserters,
  launchStages,
  launchSteps,
  lookups,
  resolvedWords,
  signalNames,
  signals,
} from "./run-monitor-words.js";

/** What a look-up knows of the run. */
interface Known {
  readonly branch: string | null;
  readonly prUrl: string | null;
}

/** Event numbers; -1: the observation cannot be made. */
export interface Observations {
  alive(observer: Observer): number;
  gone(observer: Observer): number;
  /** The pull request is looked up now; the work tree is as it was seen. */
  evidence(observer: Observer, lookup: Lookup, known: Known, world: World, tree: World["tree"]): number;
  capture(signal: string, pane: string): number;
  captureVerified(signal: string, known: Known, world: World): number;
  resolve(word: ResolvedWord): number;
  prState(sees: "outcome" | "unknown", known: Known, world: World): number;
  prDiscovered(known: Known, world: World): number;
  launch(stage: LaunchStage): number;
  launchFailed(step: string): number;
  assert(status: Status, by: Source): number;
  readonly feedback: number;
  readonly stop: number;
}

type Register = (event: RunEvent) => number;

export function observationsOf(
  register: Register,
  parameters: RunMonitorParameters,
  gatherer: Gatherer,
): Observations {
  const observers = observersOf(parameters);
  const shows = (known: Known, world: World): boolean =>
    world.pr !== "none" && gatherer.presentsPr(known.branch, world);
  return {
    alive: numbered(observers, (observer) => register({ type: "session.alive", observer, now: 0 })),
    gone: numbered(observers, (observer) =>
      register({ type: "session.gone", observer, class: "session_absent", now: 0 }),
    ),
    evidence: evidenceOf(register, parameters, shows),
    ...paneObservations(register, parameters, shows),
    ...prObservations(register, shows),
    ...commandObservations(register),
  };
}

type Shows = (known: Known, world: World) => boolean;
type WorldPr = Pick<World, "pr" | "prOwner">;

const prs: readonly WorldPr[] = (["open", "merged", "closed"] as const).flatMap((pr) =>
  (["owned", "foreign"] as const).map((prOwner) => ({ pr, prOwner })),
);
const noPr = 0;
const prNumbers = new Map(prs.map(({ pr, prOwner }, index) => [pr + prOwner, index + 1]));

function prNumber(world: World): number {
  return prNumbers.get(world.pr + world.prOwner) ?? noPr;
}

function urlOf({ prOwner }: WorldPr): string {
  return prOwner === "owned" ? ownPr : foreignPr;
}

/** A function of a small argument as a table. */
function numbered<K>(keys: readonly K[], make: (key: K) => number): (key: K) => number {
  const numbers = new Map(keys.map((key) => [key, make(key)]));
  return (key) => numbers.get(key) ?? -1;
}

const trees = {
  clean: { ahead: 0, dirty: false },
  dirty: { ahead: 1, dirty: false },
  invisible: null,
} as const;

/** One event for each observer, look-up, pull request, work tree and age. */
function evidenceOf(
  register: Register,
  parameters: RunMonitorParameters,
  shows: Shows,
): Observations["evidence"] {
  const tables = new Map<Observer, Map<Lookup, Map<World["tree"], number[][]>>>();
  for (const observer of observersOf(parameters)) {
    const byLookup = new Map<Lookup, Map<World["tree"], number[][]>>();
    for (const lookup of lookups) {
      const byTree = new Map<World["tree"], number[][]>();
      for (const tree of ["clean", "dirty", "invisible"] as const) {
        const seen = [null, ...prs].map((pr) =>
          Array.from({ length: parameters.grace + 1 }, (_, now) =>
            register({
              type: "evidence.gathered",
              observer,
              ...found(lookup, pr),
              tree: trees[tree],
              now,
            }),
          ),
        );
        byTree.set(tree, seen);
      }
      byLookup.set(lookup, byTree);
    }
    tables.set(observer, byLookup);
  }
  return (observer, lookup, known, world, tree) => {
    const shown = shows(known, world);
    if (lookup === "url" && (known.prUrl === null || !shown)) return -1;
    if (lookup === "unclear" && !shown) return -1;
    const seen = tables.get(observer)?.get(lookup)?.get(tree)?.[shown ? prNumber(world) : noPr];
    return seen?.[world.age] ?? -1;
  };
}

/** The fields of the evidence that speak of a pull request. */
function found(
  lookup: Lookup,
  pr: WorldPr | null,
): Partial<Extract<RunEvent, { type: "evidence.gathered" }>> {
  if (pr === null || pr.pr === "none") return {};
  switch (lookup) {
    case "branch":
      return { branchPr: { url: urlOf(pr), outcome: pr.pr } };
    case "url":
      return { urlPr: { outcome: pr.pr } };
    case "unclear":
      return { branchPr: { url: urlOf(pr), outcome: "unknown" } };
  }
}

function paneObservations(
  register: Register,
  parameters: RunMonitorParameters,
  shows: Shows,
): Pick<Observations, "capture" | "captureVerified" | "resolve"> {
  const captures = new Map<string, (pane: string) => number>();
  const verified = new Map<string, (pr: number) => number>();
  const pane = "h1";
  for (const name of signalNames(parameters)) {
    const signal = signals[name] ?? {};
    const type = "pane.captured";
    captures.set(
      name,
      numbered(hashesOf(parameters), (paneHash) => register({ type, signal, paneHash, now: 0 })),
    );
    const urls = prs.map((pr) =>
      register({ type, signal, verifiedPrUrl: urlOf(pr), paneHash: pane, now: 0 }),
    );
    verified.set(name, (pr) => urls[pr - 1] ?? -1);
  }
  return {
    capture: (signal, paneHash) => captures.get(signal)?.(paneHash) ?? -1,
    captureVerified: (signal, known, world) =>
      shows(known, world) ? (verified.get(signal)?.(prNumber(world)) ?? -1) : -1,
    resolve: numbered(resolvedWords, (resolved) =>
      register({ type: "pane.captured", signal: { resolved }, paneHash: pane, now: 0 }),
    ),
  };
}

function prObservations(
  register: Register,
  shows: Shows,
): Pick<Observations, "prState" | "prDiscovered"> {
  const type = "pr.state";
  const numbers = prs.map((pr) => {
    const url = urlOf(pr);
    const outcome = pr.pr === "none" ? "unknown" : pr.pr;
    return {
      outcome: register({ type, outcome, url, now: 0 }),
      unknown: register({ type, outcome: "unknown", url, now: 0 }),
      discovered: register({ type, outcome, url, discoveredUrl: url, now: 0 }),
      /** Without a branch nobody looked up what became of it. */
      named: register({ type, outcome: "unknown", url, discoveredUrl: url, now: 0 }),
    };
  });
  return {
    prState: (sees, known, world) =>
      known.branch !== null && shows(known, world) ? (numbers[prNumber(world) - 1]?.[sees] ?? -1) : -1,
    prDiscovered: (known, world) => {
      if (!shows(known, world)) return -1;
      const number = numbers[prNumber(world) - 1];
      return (known.branch === null ? number?.named : number?.discovered) ?? -1;
    },
  };
}

function commandObservations(
  register: Register,
): Pick<Observations, "launch" | "launchFailed" | "assert" | "feedback" | "stop"> {
  const asserted = new Map(
    asserters.map((source) => [
      source,
      numbered(status.options, (said) =>
        register({ type: "status.asserted", status: said, source, now: 0 }),
      ),
    ]),
  );
  return {
    launch: numbered(launchStages, (stage) => register({ type: "launch.progressed", stage, now: 0 })),
    launchFailed: numbered<string>(launchSteps, (step) =>
      register(
        step === "unnamed"
          ? { type: "launch.failed", now: 0 }
          : { type: "launch.failed", step, error: "broken", now: 0 },
      ),
    ),
    assert: (status, by) => asserted.get(by)?.(status) ?? -1,
    feedback: register({ type: "feedback.delivered", now: 0 }),
    stop: register({ type: "user.stopped", now: 0 }),
  };
}
