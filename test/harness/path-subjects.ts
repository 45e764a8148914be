/**
 * The machines whose paths are walked, and the events that are tried on each: every kind of event, with facts of both
 * kinds, at times before and after each limit. What is seen of runs is said in the words of `run-monitor`.
 */
import type { AnyStateMachine, EventObject } from "xstate";

import { type Compiled, compileMachine } from "../../spec/kernel/index.js";
import { createLaneLeaseMachine, laneLeaseVacant } from "../../spec/lane-lease/index.js";
import { compileRun, createRunMachine, emptyView, initialCore, runEvent } from "../../spec/run/index.js";
import { type Observation, type RunPolicy, type Signal, type Status, defaultRunPolicy, status } from "../../spec/vocabulary/index.js";
import {
  callerIdle,
  createCallerMachine,
  createLeaseMachine,
  createWorkerMachine,
  leaseFree,
  workerStopped,
} from "../../spec/worker-lease/index.js";

type AnyCompiled = Compiled<object, EventObject, { readonly type: string }>;

/** How a path begins, where there is a choice: a run has an agent, perhaps a branch, and may be launched already. */
export interface Beginning {
  readonly agent: string;
  readonly branch: string | null;
  readonly launched: boolean;
}

/** Events that are combined with each other, from one beginning. */
export interface Group {
  readonly events: readonly EventObject[];
  readonly beginning: Beginning;
}

export interface Subject {
  readonly name: string;
  readonly machine: AnyStateMachine;
  readonly compiled: AnyCompiled;
  /** The record that a path with this beginning starts from. */
  readonly initial: (beginning: Beginning) => object;
  readonly groups: readonly Group[];
  /** So small that simple paths are walked as well, and every walk is executed on what runs. */
  readonly small: boolean;
}

/** Where there is no choice. */
const usual: Beginning = { agent: "codex", branch: "feature", launched: false };

function subject(name: string, machine: AnyStateMachine, stateField: string, initial: object, ...groups: readonly (readonly EventObject[])[]): Subject {
  const compiled: AnyCompiled = compileMachine(machine, { stateField });
  const small = name !== "lane-lease";
  return { name, machine, compiled, initial: () => initial, groups: groups.map((events) => ({ events, beginning: usual })), small };
}

const facts = [false, true];

/** Times are in units of the TTL, on two boots: young, as old as it may be, and older. */
const at = (monotonicMs: number, bootId = "boot") => ({ bootId, monotonicMs, wallMs: 0 });
const times = [at(0), at(1), at(2), at(4), at(0, "next"), at(4, "next")];

function laneEvents(attachment: "process" | "detached"): readonly EventObject[] {
  const granted = { type: "lease.granted", fencingToken: 1, ttlMs: 1, attachment, at: at(0) };
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

/** Of the runs whose paths are walked. */
export const pathPolicy: RunPolicy = defaultRunPolicy;
/** Milliseconds since the start of a run: inside of the grace, and after it. */
const [early, late] = [1_000, 10_000_000];
const observations = new Map<string, Observation>();

/** What an event of the run machine was made of: of a pane the machine has a hash. */
export function observationOf(event: EventObject): Observation {
  const found = observations.get(JSON.stringify(event));
  if (found === undefined) throw new RangeError(`no observation is "${event.type}" like this`);
  return found;
}

function seen(kinds: readonly Observation[], ...nows: readonly number[]): readonly EventObject[] {
  return kinds.flatMap((observation) =>
    (nows.length === 0 ? [early] : nows).map((now) => {
      const event = runEvent(observation, now, pathPolicy) as EventObject;
      observations.set(JSON.stringify(event), observation);
      return event;
    }),
  );
}

const url = "pr-own";
const launch = (stage: "created" | "ready" | "workspaceOnly" | "agentStarted"): Observation => ({ type: "launch.progressed", stage });
const started = launch("agentStarted");
const broken: Observation = { type: "launch.failed", step: "agent", error: "broken" };
const alive = (observer: string | null): Observation => ({ type: "session.alive", observer });
const gone = (observer: string | null): Observation => ({ type: "session.gone", observer, class: "session_absent" });
const evidence = (more: object = {}): Observation => ({ type: "evidence.gathered", observer: "a", tree: { ahead: 0, dirty: false }, ...more });
const dirty = { tree: { ahead: 1, dirty: false } };
const invisible = { tree: null };
const pane = (signal: Signal, text = "h2"): Observation => ({ type: "pane.captured", text, signal });
const blank = pane({}, "h1");
const api = (resolved: "busy" | "idle" | "retry" | "gone"): Observation => pane({ resolved }, "h1");
const verified = (signal: Signal): Observation => ({ ...pane(signal, "h1"), verifiedPrUrl: url }) as Observation;
const saidBy = (source: "user" | "daemon", ...statuses: readonly Status[]): readonly Observation[] =>
  statuses.map((each) => ({ type: "status.asserted", status: each, source }));
const because: Observation = { type: "status.asserted", status: "unknown", reason: "never_alive", source: "user" };
const feedback: Observation = { type: "feedback.delivered" };
const stop: Observation = { type: "user.stopped" };
const outcomes = ["open", "merged", "closed"] as const;
const prs: readonly Observation[] = outcomes.flatMap((outcome): Observation[] => [
  { type: "pr.state", outcome, url },
  { type: "pr.state", outcome, url, discoveredUrl: url },
]);
const branchPrs = outcomes.map((outcome) => evidence({ branchPr: { url, outcome } }));

/** Each thing a pane may show, and some that it shows together with the next weaker one. */
const signs: readonly Signal[] = [
  { prompt: true },
  { gate: "trust" },
  { limited: true },
  { exited: true },
  { failed: true },
  { completed: true },
  { exited: true, completed: true },
];

/** Runs that were just asked for: what launches them, what their panes show, what people say. */
const fromTheBeginning: readonly (readonly EventObject[])[] = [
  seen([launch("created"), launch("ready"), started, broken, stop, ...saidBy("user", "running"), ...saidBy("daemon", "waiting", "done")]),
  seen([started, broken, { type: "launch.failed" }, alive("a")]),
  ...signs.map((sign) => seen([pane(sign), blank, started, feedback, ...saidBy("user", "running"), ...saidBy("daemon", "waiting")])),
  seen([...(["busy", "idle", "retry", "gone"] as const).map(api), started, alive("a"), ...saidBy("user", "running"), ...saidBy("daemon", "waiting")]),
  seen([pane({ gate: "login" }), pane({ gate: "trust" }), blank]),
  seen([pane({ exited: true }), feedback, blank, started]),
  seen([...saidBy("user", ...status.options), because, ...saidBy("daemon", "running"), feedback]),
  seen([{ ...because, reason: "agent_exited" }, pane({ exited: true })]),
  seen([...saidBy("user", "booting", "rate_limited"), blank, pane({}), pane({ limited: true }), pane({ limited: true }, "h1")]),
  seen([...saidBy("user", "booting", "pr_open"), blank, pane({}), pane({ completed: true })]),
  seen([...saidBy("user", "unknown", "waiting"), blank, pane({ exited: true }), pane({ exited: true }, "h1"), pane({ prompt: true })]),
];

/** Runs whose agent works: who sees them, who does not, and their pull requests. */
const onceLaunched: readonly (readonly EventObject[])[] = [
  seen([alive("a"), gone("a"), evidence(), evidence(dirty), evidence(invisible)], early, late),
  seen([alive("a"), alive("b"), gone("b"), gone(null), ...saidBy("user", "unknown")]),
  seen([alive("b"), gone("a"), evidence(), evidence(invisible)], late),
  seen([...prs.slice(0, 4), alive("a"), ...saidBy("user", "running"), { type: "pr.state", outcome: "unknown", url }]),
  ...prs.map((pr) => seen([...saidBy("user", "running", "pr_open", "unknown"), pr])),
  ...branchPrs.map((found) => seen([...saidBy("user", "running", "pr_open"), gone("a"), ...prs.slice(0, 2), found])),
  ...outcomes.map((outcome) => seen([...saidBy("user", "running"), ...prs.slice(1, 2), gone("a"), evidence({ urlPr: { outcome } })])),
  seen([verified({}), verified({ prompt: true }), blank, ...prs.slice(0, 2), ...saidBy("user", "pr_open")]),
  seen([verified({}), gone("a"), evidence({ urlPr: { outcome: "merged" } }), ...prs.slice(0, 2)]),
];

function runGroups(): readonly Group[] {
  // A run whose agent ends when its work is done, or that has no branch, is another beginning.
  const beginnings: readonly Beginning[] = [usual, { ...usual, agent: "opencode" }, { ...usual, branch: null }];
  const of = (groups: readonly (readonly EventObject[])[], launched: boolean): readonly Group[] =>
    beginnings.flatMap((beginning) => groups.map((events) => ({ events, beginning: { ...beginning, launched } })));
  return [...of(fromTheBeginning, false), ...of(onceLaunched, true)];
}

/** What a monitor and a person say of a run: each of them commits. */
const verdicts: Group = { events: seen([...saidBy("daemon", "running", "done"), ...saidBy("user", "running", "canceled")]), beginning: usual };

const runs: Subject = {
  name: "run",
  machine: createRunMachine(pathPolicy),
  compiled: compileRun(pathPolicy),
  initial: ({ agent, branch, launched }) => {
    const view = emptyView({ agent, branch, startedAt: 0 });
    return { ...view, ...initialCore, ...(launched ? { status: "running" } : {}) };
  },
  groups: [verdicts, ...runGroups()],
  small: false,
};

/** The same machine, and nothing but verdicts. */
export const verdictsOnRuns: Subject = { ...runs, groups: [verdicts] };

const named = (...types: readonly string[]): readonly EventObject[] => types.map((type) => ({ type }));

export const subjects: readonly Subject[] = [
  subject(
    "worker",
    createWorkerMachine({ heartbeatTtl: 1 }),
    "process",
    workerStopped,
    named("worker.started", "worker.heartbeat", "worker.crashed", "worker.unregistered", "worker.registered", "clock.ticked", "master.restarted"),
  ),
  subject("lease", createLeaseMachine({ dispatchTtl: 1, dispatchMax: 2 }), "phase", leaseFree, [
    ...facts.flatMap((workerActive) =>
      facts.flatMap((runMutating) => ["mutate", "read"].map((access) => ({ type: "lease.acquired", worker: 0, access, run: 0, workerActive, runMutating }))),
    ),
    ...facts.map((workerReady) => ({ type: "lease.dispatched", workerReady })),
    ...[1, 2].map((attempt) => ({ type: "lease.progressed", attempt })),
    ...[1, 2].flatMap((attempt) => facts.map((ok) => ({ type: "lease.acknowledged", attempt, ok }))),
    ...named("lease.recycled", "clock.ticked", "master.restarted"),
  ]),
  subject("caller", createCallerMachine({ waitBudget: 1 }), "waiter", callerIdle, [
    ...named("lease.acquired", "caller.left", "clock.ticked", "master.restarted"),
    ...facts.flatMap((completed) => facts.map((workerActive) => ({ type: "lease.observed", completed, workerActive }))),
  ]),
  subject("lane-lease", createLaneLeaseMachine(), "phase", laneLeaseVacant, laneEvents("process"), laneEvents("detached")),
  runs,
];
