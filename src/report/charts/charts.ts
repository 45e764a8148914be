/**
 * Every machine of the specification, as documents and pages show it: compiled, with a record to start from and
 * values to try for each field of its events. The values are examples; the machine takes others too.
 */
import { type Compiled, compileMachine } from "../../../spec/kernel/compile-machine.js";
import { laneLeaseVacant } from "../../../spec/lane-lease/record.js";
import { compileLaneLease } from "../../../spec/lane-lease/rules.js";
import { compileRun } from "../../../spec/run/compiled.js";
import { emptyView, restarted } from "../../../spec/run/record.js";
import { advisoryLock } from "../../../spec/systems/file-mutex-protocols.js";
import { createWriterMachine, freshWriter } from "../../../spec/systems/journal-crash-writer.machine.js";
import { activeStatuses, plainReasons, terminalStatuses } from "../../../spec/vocabulary/status.js";
import { createCallerMachine } from "../../../spec/worker-lease/caller.machine.js";
import { createLeaseMachine } from "../../../spec/worker-lease/lease.machine.js";
import { callerIdle, leaseFree, workerStopped } from "../../../spec/worker-lease/records.js";
import { createWorkerMachine } from "../../../spec/worker-lease/worker.machine.js";

export type AnyCompiled = Compiled<object, { readonly type: string }, unknown>;

/** Values to try for the fields of one event; the first of each is where a reader starts. */
export type EventFields = Readonly<Record<string, readonly unknown[]>>;

export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What it decides, in one sentence. */
  readonly purpose: string;
  /** The file it is written in. */
  readonly source: string;
  readonly compiled: AnyCompiled;
  readonly initial: object;
  /** By event type. */
  readonly events: Readonly<Record<string, EventFields>>;
}

type Described = Omit<Chart, "compiled"> & { readonly compiled: unknown };

function chart({ compiled, ...rest }: Described): Chart {
  return { ...rest, compiled: compiled as AnyCompiled };
}

const yesNo = [true, false];
const observers = ["local:a", "local:b", null];
const times = [10_000, 60_000, 200_000];
const pull = "https://example.org/pull/1";
const outcomes = ["open", "merged", "closed", "unknown"];
const now = times;

const runChart = chart({
  id: "run",
  title: "Run",
  purpose: "What a host concludes about a run from what it observes.",
  source: "spec/run/run.machine.ts",
  compiled: compileRun(),
  initial: restarted(emptyView({ agent: "codex", branch: "feature", startedAt: 0 })),
  events: {
    "pr.state": { outcome: outcomes, url: [pull], discoveredUrl: [null, pull], now },
    "session.alive": { observer: observers, now },
    "session.gone": { observer: observers, class: ["session_absent", "server_absent", "unclassified"], now },
    "evidence.gathered": {
      observer: observers,
      branchPr: [null, ...outcomes.map((outcome) => ({ url: pull, outcome }))],
      urlPr: [null, ...outcomes.map((outcome) => ({ outcome }))],
      tree: [{ ahead: 0, dirty: false }, { ahead: 1, dirty: false }, { ahead: 0, dirty: true }, null],
      now,
    },
    "pane.captured": {
      signal: [
        {},
        { prompt: true },
        { gate: "trust" },
        { exited: true },
        { completed: true },
        { limited: true },
        { failed: true },
        ...["busy", "idle", "retry", "gone"].map((resolved) => ({ resolved })),
      ],
      paneHash: ["pane-1", "pane-2"],
      verifiedPrUrl: [null, pull],
      now,
    },
    "feedback.delivered": { now },
    "user.stopped": { now },
    "launch.progressed": { stage: ["created", "ready", "workspaceOnly", "agentStarted"], now },
    "launch.failed": { step: ["clone", null], error: ["no space left", null], now },
    "status.asserted": {
      status: [...activeStatuses, ...terminalStatuses],
      reason: [null, ...plainReasons],
      source: ["user", "daemon", "agent"],
      now,
    },
  },
});

const workerChart = chart({
  id: "worker",
  title: "Worker",
  purpose: "Whether a worker's process runs, and what the master knows of it.",
  source: "spec/worker-lease/worker.machine.ts",
  compiled: compileMachine(createWorkerMachine({ heartbeatTtl: 2 }), { stateField: "process" }),
  initial: workerStopped,
  events: {
    "worker.started": {},
    "worker.heartbeat": {},
    "worker.registered": {},
    "worker.crashed": {},
    "worker.unregistered": {},
    "master.restarted": {},
    "clock.ticked": {},
  },
});

const leaseChart = chart({
  id: "lease",
  title: "Worker lease",
  purpose: "One effect handed to one worker, attempt by attempt, until it has a verdict.",
  source: "spec/worker-lease/lease.machine.ts",
  compiled: compileMachine(createLeaseMachine({ dispatchTtl: 2, dispatchMax: 3 }), { stateField: "phase" }),
  initial: leaseFree,
  events: {
    "lease.acquired": {
      worker: [0, 1],
      access: ["mutate", "read"],
      run: [0, null],
      workerActive: yesNo,
      runMutating: [false, true],
    },
    "lease.dispatched": { workerReady: yesNo },
    "lease.progressed": { attempt: [1, 2, 3] },
    "lease.acknowledged": { attempt: [1, 2, 3], ok: yesNo },
    "lease.recycled": {},
    "master.restarted": {},
    "clock.ticked": {},
  },
});

const callerChart = chart({
  id: "caller",
  title: "Caller of a lease",
  purpose: "Who waits for a lease's result, and which of three answers ends the wait.",
  source: "spec/worker-lease/caller.machine.ts",
  compiled: compileMachine(createCallerMachine({ waitBudget: 3 }), { stateField: "waiter" }),
  initial: callerIdle,
  events: {
    "lease.acquired": {},
    "lease.observed": { completed: [false, true], workerActive: yesNo },
    "caller.left": {},
    "master.restarted": {},
    "clock.ticked": {},
  },
});

const tokens = [1, 2, 3];
const stamps = [0, 30_000, 61_000, 200_000].map((ms) => ({ bootId: "boot-1", monotonicMs: ms, wallMs: ms }));
const at = [...stamps, ...stamps.slice(0, 2).map((stamp) => ({ ...stamp, bootId: "boot-2" }))];

const laneLeaseChart = chart({
  id: "lane-lease",
  title: "Lane lease",
  purpose: "One grant of a lane, from its acquisition to its end, whoever holds it meanwhile.",
  source: "spec/lane-lease/lane-lease.machine.ts",
  compiled: compileLaneLease(),
  initial: laneLeaseVacant,
  events: {
    "lease.granted": { fencingToken: tokens, ttlMs: [60_000], attachment: ["detached", "process"], at },
    "lease.beaten": { fencingToken: tokens, authentic: yesNo, holderGone: [false, true], at },
    "lease.released": { fencingToken: tokens, authentic: yesNo, holderGone: [false, true], at },
    "lease.adopted": {
      previousToken: tokens,
      fencingToken: [2, 3, 1],
      forced: [false, true],
      holderGone: yesNo,
      at,
    },
    "lease.doubted": { fencingToken: tokens, holderGone: [false, true], at },
    "lease.scavenged": { fencingToken: tokens, holderGone: [false, true], at },
  },
});

const writerChart = chart({
  id: "writer",
  title: "Journal writer",
  purpose: "What a writer of the journal does next, and when a record is acknowledged.",
  source: "spec/systems/journal-crash-writer.machine.ts",
  compiled: compileMachine(createWriterMachine(), { stateField: "phase" }),
  initial: { phase: "idle", ...freshWriter },
  events: {
    "lock.granted": {},
    "log.followed": { inode: [0, 1], made: yesNo, count: [0, 1, 2], durable: [0, 1, 2] },
    "log.refused": {},
    "directory.synced": {},
    "record.appended": { seq: [1, 2, 3], durable: yesNo },
    "record.failed": {},
    "nothing.decided": {},
    "data.synced": {},
    "data.failed": {},
    "copy.written": {},
    "copy.synced": {},
    "copy.renamed": { inode: [1, 0] },
    "process.ended": {},
  },
});

const lockChart = chart({
  id: "advisoryLock",
  title: "Process lock",
  purpose: "The journal's lock, one system call a state. The protocols that do not exclude are mutants of ML1.",
  source: "spec/systems/file-mutex-protocols.ts",
  compiled: compileMachine(advisoryLock().machine, { stateField: "at" }),
  initial: { at: "idle", self: 0, seen: null },
  events: { "call.succeeded": {}, "process.died": {} },
});

/** In the order in which documents list them. */
export const charts: readonly Chart[] = [
  runChart,
  workerChart,
  leaseChart,
  callerChart,
  laneLeaseChart,
  writerChart,
  lockChart,
];
