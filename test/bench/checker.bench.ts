/**
 * Speed of the checker and of compiled machines, as ratios to peers in the same run. Prints Markdown.
 *
 * Run it on a quiet machine: `npm run bench`. Times are the best of three, each in a process of its own; counts
 * must be exact or it fails.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

import { transition } from "xstate";

import { laws } from "../../laws/index.js";
import type { System } from "../../spec/kernel/index.js";
import { compileRun, createRunMachine, restarted, runEvent, emptyView, scenarioFile } from "../../spec/run/index.js";
import { workerPlane } from "../../spec/systems/index.js";
import { defaultRunPolicy } from "../../spec/vocabulary/run.js";
import { type CheckRequest, search } from "../../src/checker/index.js";
import { exploreByHand } from "./hand-packed.js";

const rounds = 3;

function best<T>(work: () => T): { result: T; seconds: number } {
  let seconds = Number.POSITIVE_INFINITY;
  let result: T | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    result = work();
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  return { result: result as T, seconds };
}

/** The step and invariant checks of LL1 to LL4: all of them in the same search. */
function lawsOfRow(): CheckRequest[] {
  return laws
    .filter(({ id }) => ["LL1", "LL2", "LL3", "LL4"].includes(id))
    .flatMap((law) => law.checks.map((check, index) => ({ key: `${law.id}#${index}`, law: law.id, check })))
    .filter(({ check }) => check.system.name === workerPlane.name && check.kind !== "response");
}

const rows = [
  { workers: 1, leases: 1, states: 656, transitions: 3244, depth: 15 },
  { workers: 2, leases: 1, states: 12_920, transitions: 89_801, depth: 17 },
  { workers: 2, leases: 2, states: 1_773_112, transitions: 14_395_561, depth: 24 },
] as const;

/** The third row in three ways; each is measured in a process of its own, in turns. */
const ways = {
  "written by hand over packed integers, no laws": () => exploreByHand().distinctStates,
  "checker, no laws": () => searchRow(rows[2], []).statistics.distinctStates,
  "checker, LL1 to LL4": () => searchRow(rows[2], lawsOfRow()).statistics.distinctStates,
} as const;
type Way = keyof typeof ways;

type Row = Pick<(typeof rows)[number], "workers" | "leases">;

function searchRow({ workers, leases }: Row, checks: readonly CheckRequest[]): ReturnType<typeof search> {
  const parameters = { workers, leases, dispatchMax: 2, heartbeatTtl: 2, dispatchTtl: 2, waitBudget: 3 };
  return search((workerPlane as unknown as System).build(parameters), { checks });
}

function benchRows(): void {
  console.log("| worker-plane | states | transitions | depth | laws |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const { workers, leases, ...expected } of rows) {
    const checks = lawsOfRow();
    const result = searchRow({ workers, leases }, checks);
    const { distinctStates, transitions, depth } = result.statistics;
    if (distinctStates !== expected.states || transitions !== expected.transitions || depth !== expected.depth) {
      throw new Error(`row ${workers} ${leases}: ${distinctStates} ${transitions} ${depth} is not what it must be`);
    }
    const held = result.checks.filter(({ verdict }) => verdict === "holds").length;
    console.log(`| ${workers} ${leases} 2 2 2 3 | ${distinctStates} | ${transitions} | ${depth} | ${held}/${checks.length} clauses |`);
  }
}

interface Measured {
  readonly seconds: number;
  /** Of all threads of the process, the engine's own included: steadier than `seconds` on a shared machine. */
  readonly processorSeconds: number;
  readonly peakRssBytes: number;
}

/** In the child: runs one way once and prints what it took. */
function measureHere(way: Way): void {
  const started = performance.now();
  const before = process.cpuUsage();
  const states = ways[way]();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const processorSeconds = (user + system) / 1e6;
  if (states !== rows[2].states) throw new Error(`${way} found ${states} states`);
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ seconds, processorSeconds, peakRssBytes } satisfies Measured));
}

function measure(way: Way): Measured {
  const [script = ""] = process.argv.slice(1);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, script, way], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Measured;
}

function benchPeer(): void {
  const names = Object.keys(ways) as Way[];
  const runs = Array.from({ length: rounds }, () => names.map(measure));
  const bests = names.map((_, place) =>
    runs.map((run) => run[place] as Measured).reduce((best, one) => (one.seconds < best.seconds ? one : best)),
  );
  const peer = bests[0] as Measured;
  console.log("\n| third row, one thread | seconds | processor s | states/s | peak RSS | of the hand-written program |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  names.forEach((name, place) => {
    const { seconds, processorSeconds, peakRssBytes } = bests[place] as Measured;
    const share = `${((100 * peer.seconds) / seconds).toFixed(0)} %`;
    const rate = Math.round(rows[2].states / seconds);
    const times = `${seconds.toFixed(2)} | ${processorSeconds.toFixed(2)}`;
    console.log(`| ${name} | ${times} | ${rate} | ${Math.round(peakRssBytes / 1e6)} MB | ${share} |`);
  });
}

/** Every observation of every scenario, fired at the record it starts from. */
function benchMachine(): void {
  const file = scenarioFile.parse(JSON.parse(readFileSync("test/scenarios/run.json", "utf8")));
  const machine = createRunMachine(defaultRunPolicy);
  const compiled = compileRun(defaultRunPolicy, machine);
  const pairs = file.scenarios.flatMap(({ script, run }) =>
    script.flatMap((step) => {
      if (!("observe" in step)) return [];
      const record = restarted({ ...emptyView({ agent: run.agent, branch: run.branch, startedAt: 0 }), status: "running" });
      return [{ record, event: runEvent(step.observe, 1_000_000, defaultRunPolicy) }];
    }),
  );
  const snapshots = pairs.map(({ record: { status, ...context } }) =>
    machine.resolveState({ value: compiled.stateValueOf(status), context } as never),
  );
  const ours = best(() => {
    for (let round = 0; round < 400; round += 1) for (const { record, event } of pairs) compiled.step(record, event);
  });
  const theirs = best(() => {
    for (let round = 0; round < 8; round += 1) {
      pairs.forEach(({ event }, index) => transition(machine, snapshots[index] as never, event as never));
    }
  });
  const ourRate = (pairs.length * 400) / ours.seconds;
  const theirRate = (pairs.length * 8) / theirs.seconds;
  console.log("\n| run machine, one event | calls/s | ratio |");
  console.log("| --- | --- | --- |");
  console.log(`| XState transition() | ${Math.round(theirRate)} | 1 |`);
  console.log(`| compiled | ${Math.round(ourRate)} | ${(ourRate / theirRate).toFixed(1)} |`);
}

const [way] = process.argv.slice(2);
if (way !== undefined) {
  measureHere(way as Way);
} else {
  console.log(`${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, Node ${process.version}\n`);
  benchRows();
  benchPeer();
  benchMachine();
}
