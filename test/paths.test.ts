/**
 * Every transition of every machine and both answers of every guard, along paths from the beginning: the shortest
 * path to each state, and from there each event once.
 *
 * All of them are executed on the compiled machines. Those that cover something that no earlier one did are executed on
 * what runs as well, through its calls: the master's registry, the lane-lease store, the commit point. After each event it
 * has to have done, and to show, what the machine does. What no call can produce is listed with the reason; anything else
 * that is not covered fails.
 */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import { afterAll, expect, test } from "vitest";

import { type Compiled, compileMachine } from "../spec/kernel/index.js";
import { createLaneLeaseMachine, laneLeaseVacant } from "../spec/lane-lease/index.js";
import { compileRun, createRunMachine, initialCore, emptyView, runEvent } from "../spec/run/index.js";
import { type Observation, type RunPolicy, type Signal, type Status, defaultRunPolicy, status } from "../spec/vocabulary/index.js";
import {
  callerIdle,
  createCallerMachine,
  createLeaseMachine,
  createWorkerMachine,
  leaseFree,
  workerStopped,
} from "../spec/worker-lease/index.js";
import { observationKinds } from "../src/conformance/observations.js";
import { createAuditor } from "../src/conformance/index.js";
import { runLaws } from "../laws/run/index.js";
import { type Stamp, exportJournal } from "../src/journal/index.js";
import { CommitPointPaths, type PathDriver, type RunBeginning, callerDriver, laneDriver, leaseDriver, workerDriver } from "./harness/path-drivers.js";
import { graphPaths, shortestPaths, simplePaths } from "./harness/xstate-paths.js";

type AnyCompiled = Compiled<object, EventObject, { readonly type: string }>;

interface Subject {
  readonly name: string;
  readonly machine: AnyStateMachine;
  readonly compiled: AnyCompiled;
  readonly initial: object;
  /** Groups of events that are combined with each other. */
  readonly groups: readonly (readonly EventObject[])[];
}

interface Coverage {
  readonly taken: number[];
  readonly guards: Map<string, { held: number; failed: number }>;
}

const subject = (
  name: string,
  machine: AnyStateMachine,
  stateField: string,
  initial: object,
  ...groups: readonly (readonly EventObject[])[]
): Subject => {
  return { name, machine, compiled: compileMachine(machine, { stateField }), initial, groups };
};

const at = (monotonicMs: number, bootId = "boot") => ({ bootId, monotonicMs, wallMs: 0 });
const times = [at(0), at(1), at(3), at(5), at(0, "next"), at(9, "next")];
const facts = [false, true];

function laneEvents(attachment: "process" | "detached"): readonly EventObject[] {
  const granted = { type: "lease.granted", fencingToken: 1, ttlMs: 2, attachment, at: at(0) };
  const holder = ["lease.beaten", "lease.released"].flatMap((type) =>
    [1, 2].flatMap((fencingToken) => facts.flatMap((authentic) => times.map((now) => ({ type, fencingToken, authentic, holderGone: false, at: now })))),
  );
  const adopted = [1, 2].flatMap((previousToken) =>
    facts.flatMap((forced) =>
      facts.flatMap((holderGone) => times.map((now) => ({ type: "lease.adopted", previousToken, fencingToken: 2, forced, holderGone, at: now }))),
    ),
  );
  const others = ["lease.doubted", "lease.scavenged"].flatMap((type) =>
    [1, 2].flatMap((fencingToken) => facts.flatMap((holderGone) => times.map((now) => ({ type, fencingToken, holderGone, at: now })))),
  );
  return [granted, ...holder, ...adopted, ...others];
}

const policy: RunPolicy = defaultRunPolicy;
/** What events of the run machine were made of. */
const observations = new Map<string, Observation>();
/** Inside of the grace and after it. */
const run = (kinds: readonly Observation[], ...nows: readonly number[]): readonly EventObject[] =>
  kinds.flatMap((observation) =>
    (nows.length === 0 ? [1_000] : nows).map((now) => {
      const event = runEvent(observation, now, policy) as EventObject;
      observations.set(JSON.stringify(event), observation);
      return event;
    }),
  );

const kindsOf = (...types: readonly Observation["type"][]): readonly Observation[] => observationKinds.filter(({ type }) => types.includes(type));
const asserted = kindsOf("status.asserted");
const one = (found: readonly Observation[], from: number, to = from + 1): readonly Observation[] => found.slice(from, to);
const panes = kindsOf("pane.captured");
const url = "https://example.org/pr/1";
const api = (resolved: "busy" | "idle" | "retry" | "gone"): Observation => ({ type: "pane.captured", text: resolved, signal: { resolved } });

const runGroups: readonly (readonly EventObject[])[] = [
  run([...kindsOf("launch.progressed", "launch.failed", "user.stopped"), ...asserted]),
  run([...kindsOf("session.alive", "session.gone").slice(0, 4), ...kindsOf("evidence.gathered"), ...one(kindsOf("launch.progressed"), 1)], 1_000, 10_000_000),
  run([...kindsOf("pr.state", "session.alive").slice(0, 4), ...one(asserted, 0), { type: "pr.state", outcome: "unknown", url }]),
  ...panes.map((pane) => run([pane, ...one(kindsOf("launch.progressed"), 2), ...one(panes, 0), ...one(asserted, 0, 2), ...kindsOf("feedback.delivered")])),
  run([...(["busy", "idle", "retry", "gone"] as const).map(api), ...one(kindsOf("launch.progressed"), 2), ...one(asserted, 0, 2)]),
  run([...one(panes, 5), ...kindsOf("feedback.delivered", "session.alive").slice(0, 2), ...one(panes, 0), ...one(panes, 1), ...one(kindsOf("launch.progressed"), 2)]),
  run([...panes.slice(-1), ...kindsOf("pr.state").slice(0, 2), ...one(kindsOf("launch.progressed"), 2), { type: "evidence.gathered", observer: "local:a", tree: null, urlPr: { outcome: "merged" } }]),
];
const saidBy = (source: "user" | "daemon", ...statuses: readonly Status[]): readonly Observation[] =>
  statuses.map((status) => ({ type: "status.asserted", status, source }));
const because: Observation = { type: "status.asserted", status: "unknown", reason: "never_alive", source: "user" };
const screen = (text: string, signal: Signal): Observation => ({ type: "pane.captured", text, signal });
const found = (more: object): Observation => ({ type: "evidence.gathered", observer: "local:a", tree: null, ...more });
const gone = kindsOf("session.gone").slice(0, 1);
const alive = kindsOf("session.alive").slice(0, 1);
const prs: readonly Observation[] = (["open", "merged", "closed"] as const).flatMap((outcome): Observation[] => [
  { type: "pr.state", outcome, url },
  { type: "pr.state", outcome, url, discoveredUrl: url },
]);
const branchPrs = (["open", "merged", "closed"] as const).map((outcome) => found({ branchPr: { url, outcome } }));

/** A person says where a run stands, and then something is seen. */
const fromWhereItStands: readonly (readonly EventObject[])[] = [
  run([...saidBy("user", ...status.options), because, ...saidBy("daemon", "running")]),
  ...prs.map((pr) => run([...saidBy("user", "running", "pr_open", "unknown"), pr])),
  ...branchPrs.map((evidence) => run([...saidBy("user", "running", "pr_open"), ...gone, ...prs.slice(0, 2), evidence])),
  ...(["open", "merged", "closed"] as const).map((outcome) =>
    run([...saidBy("user", "running"), ...prs.slice(1, 2), ...gone, found({ urlPr: { outcome } })]),
  ),
  run([{ ...because, reason: "agent_exited" }, screen("$ ", { exited: true })]),
  run([...saidBy("user", "running"), because, ...gone, found({})], 1_000, 10_000_000),
  run([...saidBy("user", "running", "unknown"), ...gone, ...alive, found({}), found({ tree: { ahead: 0, dirty: false } })]),
  run([{ type: "launch.failed", step: "workspace", error: "no space" }, { type: "launch.failed" }]),
  run([...saidBy("user", "booting", "rate_limited"), screen("one", {}), screen("two", {}), screen("limit", { limited: true }), screen("more", { limited: true })]),
  run([...saidBy("user", "booting", "pr_open"), screen("one", {}), screen("two", {}), { ...screen("done", { completed: true }), verifiedPrUrl: url } as Observation, screen("done", { completed: true })]),
  run([...saidBy("user", "unknown", "waiting"), screen("one", {}), screen("$ ", { exited: true }), screen("$$ ", { exited: true }), screen("> ", { prompt: true })]),
];
const startedAt = 0;
const runInitial = { ...emptyView({ agent: "codex", branch: "topic", startedAt }), ...initialCore };

const subjects: readonly Subject[] = [
  subject("worker", createWorkerMachine({ heartbeatTtl: 1 }), "process", workerStopped, [
    ...["worker.started", "worker.heartbeat", "worker.crashed", "worker.unregistered", "worker.registered", "clock.ticked", "master.restarted"].map((type) => ({ type })),
  ]),
  subject("lease", createLeaseMachine({ dispatchTtl: 1, dispatchMax: 2 }), "phase", leaseFree, [
    ...facts.flatMap((workerActive) =>
      facts.flatMap((runMutating) => ["mutate", "observe"].map((access) => ({ type: "lease.acquired", worker: 0, access, run: 0, workerActive, runMutating }))),
    ),
    ...facts.map((workerReady) => ({ type: "lease.dispatched", workerReady })),
    ...[1, 2].map((attempt) => ({ type: "lease.progressed", attempt })),
    ...[1, 2].flatMap((attempt) => facts.map((ok) => ({ type: "lease.acknowledged", attempt, ok }))),
    { type: "lease.recycled" },
    { type: "clock.ticked" },
    { type: "master.restarted" },
  ]),
  subject("caller", createCallerMachine({ waitBudget: 1 }), "waiter", callerIdle, [
    { type: "lease.acquired" },
    ...facts.flatMap((completed) => facts.map((workerActive) => ({ type: "lease.observed", completed, workerActive }))),
    { type: "caller.left" },
    { type: "clock.ticked" },
    { type: "master.restarted" },
  ]),
  subject("lane-lease", createLaneLeaseMachine(), "phase", laneLeaseVacant, laneEvents("process"), laneEvents("detached")),
  {
    name: "run",
    machine: createRunMachine(policy),
    compiled: compileRun(policy),
    initial: runInitial,
    groups: [...runGroups, ...fromWhereItStands],
  },
];

const counting = ({ taken, guards }: Coverage) => ({
  taken: (index: number) => void (taken[index] = (taken[index] ?? 0) + 1),
  guard: (name: string, holds: boolean) => {
    const count = guards.get(name);
    if (count !== undefined) count[holds ? "held" : "failed"] += 1;
  },
});

function nothingYet({ compiled }: Subject): Coverage {
  const none = compiled.guards.map((guard) => [guard, { held: 0, failed: 0 }] as const);
  return { taken: compiled.transitions.map(() => 0), guards: new Map(none) };
}

/** Replays a path on the compiled machine; counts what was exercised by its last event. */
function execute({ compiled, initial }: Subject, path: readonly EventObject[], coverage: Coverage): object {
  const probe = counting(coverage);
  return path.reduce<object>((record, event, index) => compiled.step(record, event, index === path.length - 1 ? probe : undefined).next, initial);
}

/** What is not covered, by its name. */
function gapsOf({ compiled }: Subject, { taken, guards }: Coverage): readonly string[] {
  return [
    ...compiled.transitions.filter(({ index }) => taken[index] === 0).map(({ label }) => label),
    ...[...guards].filter(([, { held }]) => held === 0).map(([name]) => `${name} holds`),
    ...[...guards].filter(([, { failed }]) => failed === 0).map(([name]) => `${name} fails`),
  ];
}

interface Walk {
  readonly begun: Subject;
  readonly beginning: RunBeginning;
  readonly path: readonly EventObject[];
}

/** Every shortest path of every group, and one event more. */
function* walksOf(each: Subject): Generator<Walk> {
  const { name, machine, groups } = each;
  const usual: RunBeginning = { agent: "codex", branch: "topic" };
  // A run whose agent ends when its work is done, or that has no branch, is another beginning.
  const others = name === "run" ? [{ ...usual, agent: "opencode" }, { ...usual, branch: null }] : [];
  for (const beginning of [usual, ...others]) {
    const begun = name === "run" ? { ...each, initial: { ...each.initial, ...beginning } } : each;
    for (const events of groups) {
      const paths = name === "run" ? graphPaths(machine, events, { from: begins(machine, begun.initial) }) : shortestPaths(machine, events);
      for (const path of paths) for (const event of events) yield { begun, beginning, path: [...path, event] };
    }
  }
}

const table: string[] = [];
afterAll(() => void process.stdout.write(`${table.join("\n")}\n`));

test.each(subjects.map((each) => [each.name, each] as const))("machine %s: each transition is executed, each guard answers both ways", (_name, each) => {
  const coverage = nothingYet(each);
  let executed = 0;
  for (const { begun, path } of walksOf(each)) {
    execute(begun, path, coverage);
    executed += 1;
  }
  table.push(`${each.name}: ${executed} paths on the compiled machine`);
  expect(gapsOf(each, coverage)).toEqual([]);
});

/** What no call can produce, by machine: what stays uncovered on what runs, and why each event was left out. */
const unproducible: Readonly<Record<string, readonly string[]>> = {
  worker: ["not covered: isUnknown fails", "worker.registered: a process that registers again is heard as a heartbeat"],
  caller: [
    "not covered: answered  master.restarted → idle",
    "not covered: answered.gotLost  lease.acquired → waiting",
    "lease.acquired: a caller that is answered has left in the same call",
    "master.restarted: a caller that is answered has left in the same call",
  ],
  "lane-lease": ["not covered: raisesToken fails", "lease.adopted: the store makes the new token, which is greater"],
};

/** Paths that cover what no earlier one does, of those that calls can produce. */
function coveringPaths(each: Subject, driverOf: (walk: Walk) => PathDriver) {
  const coverage = nothingYet(each);
  const reasons = new Map<string, string>();
  const covering: Walk[] = [];
  for (const walk of walksOf(each)) {
    const own = nothingYet(each);
    execute(walk.begun, walk.path, own);
    if (!isNew(own, coverage)) continue;
    const why = cannotBe(walk, driverOf(walk));
    if (why !== null) {
      reasons.set(why.event, why.reason);
      continue;
    }
    execute(walk.begun, walk.path, coverage);
    covering.push(walk);
  }
  return { covering, coverage, reasons };
}

function isNew(own: Coverage, known: Coverage): boolean {
  if (own.taken.some((times, index) => times > 0 && known.taken[index] === 0)) return true;
  return [...own.guards].some(([name, { held, failed }]) => {
    const count = known.guards.get(name);
    return (held > 0 && count?.held === 0) || (failed > 0 && count?.failed === 0);
  });
}

function cannotBe({ begun, path }: Walk, driver: PathDriver): { readonly event: string; readonly reason: string } | null {
  let record = begun.initial;
  for (const [place, event] of path.entries()) {
    const reason = driver.cannot(event, record, path.slice(0, place));
    if (reason !== null) return { event: event.type, reason };
    record = begun.compiled.step(record, event).next;
  }
  return null;
}

/** The implementation does what the machine does, event by event. */
async function follows({ begun, path }: Walk, driver: PathDriver, coverage: Coverage): Promise<void> {
  const real = await driver.begin();
  let record = begun.initial;
  for (const [place, event] of path.entries()) {
    const { next, taken } = begun.compiled.step(record, event, counting(coverage));
    const { took, shows } = await real.perform(event);
    const said = path.slice(0, place + 1).map((one) => JSON.stringify(one)).join(" → ");
    if (begun.name === "run") {
      // An observation that changes nothing may still be one that the machine takes.
      if (took) expect(taken, said).not.toBe(-1);
    } else expect(took, said).toBe(taken !== -1);
    expect(next, said).toMatchObject(shows);
    record = next;
  }
  await real.end();
}

const points = new CommitPointPaths(policy, (event) => observations.get(JSON.stringify(event)) as Observation);
const drivers: Readonly<Record<string, (walk: Walk) => PathDriver>> = {
  worker: () => workerDriver,
  lease: () => leaseDriver,
  caller: () => callerDriver,
  "lane-lease": ({ path }) => laneDriver(path.some((event) => "attachment" in event && event.attachment === "detached") ? "detached" : "process"),
  run: ({ beginning }) => points.driverOf(beginning),
};
afterAll(() => points.close());

test.each(subjects.map((each) => [each.name, each] as const))("paths of %s that cover something end on what runs as they do on the machine", async (name, each) => {
  const driverOf = drivers[name] as (walk: Walk) => PathDriver;
  const { covering, reasons } = coveringPaths(each, driverOf);
  const coverage = nothingYet(each);
  for (const walk of covering) await follows(walk, driverOf(walk), coverage);
  const { taken, guards } = coverage;
  table.push(`${name}: ${covering.length} covering paths on what runs`);
  for (const { label, index } of each.compiled.transitions) table.push(`  ${String(taken[index] ?? 0).padStart(5)} × ${label}`);
  for (const [guard, { held, failed }] of guards) table.push(`  ${guard}: holds ${held} ×, fails ${failed} ×`);
  const gaps = gapsOf(each, coverage).map((gap) => `not covered: ${gap}`);
  const left = gaps.length === 0 ? [] : [...reasons].map(([event, reason]) => `${event}: ${reason}`).sort();
  expect([...gaps, ...left]).toEqual(unproducible[name] ?? []);
});

/** The record that a run begins with, as a state of its machine. */
function begins(machine: AnyStateMachine, initial: object): AnyMachineSnapshot {
  const { status: _status, ...context } = initial as typeof runInitial;
  const active = machine.resolveState({ value: "active", context }) as AnyMachineSnapshot;
  return machine.resolveState({ value: active.value as never, context }) as AnyMachineSnapshot;
}

test("the library and its successor make the same paths", () => {
  for (const each of subjects.filter(({ name }) => name === "worker" || name === "caller")) {
    const [events = []] = each.groups;
    expect(shortestPaths(each.machine, events)).toEqual(graphPaths(each.machine, events));
    expect(simplePaths(each.machine, events.slice(0, 5))).toEqual(graphPaths(each.machine, events.slice(0, 5), { simple: true }));
  }
});

test("the history laws judge the log of all runs that paths made, and none is breached", async () => {
  const auditor = createAuditor(runLaws);
  for await (const line of exportJournal({ directory: "/state", name: "runs", disk: points.world.process().disk })) {
    const { seq, at, type, data } = JSON.parse(line) as { seq: number; at: Stamp; type: string; data: object };
    if (type.startsWith("run.")) auditor.record([{ type, data }], { seq, at });
  }
  const { judged, breaches } = auditor.audit;
  expect(breaches).toEqual([]);
  const ofRuns = Object.entries(judged).filter(([law]) => /^L\d/.test(law));
  for (const [law, times] of ofRuns) table.push(`  law ${law}: judged ${times} ×`);
  expect(ofRuns.filter(([, times]) => times === 0)).toEqual([]);
});
