/**
 * Every transition of every machine and both answers of every guard, along paths from the beginning: the shortest
 * path to each state, and from there each event once.
 *
 * They are executed on what the stores execute, the compiled machines; those of the run machine also on the commit
 * point over a journal, those of a lane lease also on its decisions and its fold. A gap fails.
 */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import { afterAll, expect, test } from "vitest";

import { type Compiled, compileMachine } from "../spec/kernel/index.js";
import { createLaneLeaseMachine, laneLeaseVacant } from "../spec/lane-lease/index.js";
import { compileRun, createRunMachine, initialCore, emptyView, runEvent, foldEffects, decideOn, isDurable } from "../spec/run/index.js";
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
import { ourRunHost } from "../src/conformance/index.js";
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

const policy: RunPolicy = { ...defaultRunPolicy, deadChecks: 2 };
/** Inside of the grace and after it. */
const run = (kinds: readonly Observation[], ...nows: readonly number[]): readonly EventObject[] =>
  kinds.flatMap((observation) => (nows.length === 0 ? [1_000] : nows).map((now) => runEvent(observation, now, policy) as EventObject));
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

/** Replays a path on the compiled machine; counts what was exercised by its last event. */
function execute({ compiled, initial }: Subject, path: readonly EventObject[], { taken, guards }: Coverage): object {
  const probe = {
    taken: (index: number) => void (taken[index] = (taken[index] ?? 0) + 1),
    guard: (name: string, holds: boolean) => {
      const count = guards.get(name);
      if (count !== undefined) count[holds ? "held" : "failed"] += 1;
    },
  };
  return path.reduce<object>((record, event, index) => compiled.step(record, event, index === path.length - 1 ? probe : undefined).next, initial);
}

const table: string[] = [];
afterAll(() => void process.stdout.write(`${table.join("\n")}\n`));

test.each(subjects.map((each) => [each.name, each] as const))("machine %s: each transition is executed, each guard answers both ways", (name, each) => {
  const { compiled, machine, groups } = each;
  const coverage: Coverage = {
    taken: compiled.transitions.map(() => 0),
    guards: new Map(compiled.guards.map((guard) => [guard, { held: 0, failed: 0 }])),
  };
  let executed = 0;
  // A run whose agent ends when its work is done, or that has no branch, is another beginning.
  const others = name === "run" ? [{ agent: "opencode" }, { branch: null }] : [];
  const beginnings = [each, ...others.map((other) => ({ ...each, initial: { ...each.initial, ...other } }))];
  for (const [begun, events] of beginnings.flatMap((one) => groups.map((group) => [one, group] as const))) {
    for (const path of name === "run" ? graphPaths(machine, events, { from: begins(machine, begun.initial) }) : shortestPaths(machine, events)) {
      for (const event of events) {
        execute(begun, [...path, event], coverage);
        executed += 1;
      }
    }
  }
  const { taken, guards } = coverage;
  table.push(`${name}: ${executed} paths, ${taken.filter((times) => times > 0).length} of ${taken.length} transitions, ${guards.size} guards`);
  expect(compiled.transitions.filter(({ index }) => taken[index] === 0).map(({ label }) => label)).toEqual([]);
  expect([...guards].filter(([, { held, failed }]) => held === 0 || failed === 0)).toEqual([]);
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

test("paths of the run machine end on the commit point as they do on the machine", async () => {
  const host = await ourRunHost().open();
  const monitor = await host.process("monitor");
  const events = [...kindsOf("launch.progressed", "launch.failed", "user.stopped"), ...asserted, ...kindsOf("session.alive")];
  const machine = createRunMachine(policy);
  const short = graphPaths(machine, run(events), { from: begins(machine, runInitial) });
  let number = 0;
  for (const path of short.slice(0, 60)) {
    const name = `r${(number += 1)}`;
    await monitor.create(name);
    let view = emptyView({ agent: "codex", branch: "topic", startedAt: Math.trunc(host.now()) });
    let core = initialCore;
    for (const { now: _now, ...observation } of path as readonly (EventObject & { now: number })[]) {
      await monitor.observe(name, observation as unknown as Observation);
      const decision = decideOn(view, core, runEvent(observation as unknown as Observation, Math.trunc(host.now())));
      view = foldEffects(view, decision.effects.filter(isDurable));
      core = decision.core;
    }
    expect(await monitor.status(name), JSON.stringify(path)).toEqual({ status: view.status, reason: view.reason });
  }
  expect(number).toBeGreaterThan(20);
  await monitor.end();
  await host.close();
});
