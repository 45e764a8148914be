/**
 * Two monitors of one state directory, one lease, one log of runs: who is suspended past the lease is superseded.
 *
 * A monitor takes the lease, raises its fencing token in the log, and only then observes: what it gathered is committed
 * later, and an effect is carried out after the fence was looked at. Leases and runs are two journals under two locks;
 * each transaction on one of them is one step. Which status a commit sets is no question here: every commit is one.
 *
 * Faults: a monitor is suspended at any point and its lease runs out; it is killed; the journal of leases is replaced,
 * so that its tokens begin again. Not modelled: bytes and syncs (see `journal-crash`), how leases are granted (see
 * `lane-contention`), adoption by force, which leaves the late monitor in the same places, and people, who commit
 * without a token.
 */
import { z } from "zod";

import {
  type ActionFamily,
  type Model,
  type System,
  defineAction,
  idOf,
  indexedBy,
  replaceAt,
} from "../kernel/index.js";

const phases = [
  "away",
  /** It has the lease, and raised nothing yet. */
  "granted",
  /** The log has a token that is not lower: whose lease is the newest? */
  "outranked",
  "entitled",
  "watching",
  /** It has gathered what it is going to commit. */
  "deciding",
  /** It has looked at the fence and is going to carry out an effect. */
  "acting",
] as const;

/** A process that monitors, or that has been superseded and does not know it. */
export interface FencedMonitor {
  readonly phase: (typeof phases)[number];
  /** Of its lease; once it was raised in place of another one, the one in the log that it writes under. */
  readonly token: number;
  /** The token that it saw in the log when its own was refused. */
  readonly saw: number;
  readonly suspended: boolean;
  /** Effects that it carried out under a token lower than one in the log; more than one counts as two. */
  readonly late: number;
}

/** Token 0: none. */
export interface MonitorFencingState {
  readonly monitors: readonly FencedMonitor[];
  readonly lease: {
    readonly holder: number | null;
    /** The highest token given. */
    readonly mark: number;
    readonly replaced: boolean;
  };
  readonly log: {
    /** The token raised last. */
    readonly fence: number;
    /** The highest token that was raised or committed under. */
    readonly seen: number;
  };
}

/** What a step does to the log or to the world. */
export interface FencingEffect {
  readonly type: "raised" | "committed" | "refused" | "carriedOut";
  readonly token: number;
}

/** Broken parts for mutants. */
export interface MonitorFencingVariant {
  /** The log takes a commit under any token. */
  readonly unchecked?: boolean;
  /** The monitor looks at the fence when it gathers, and the commit asks no more. */
  readonly checkedBeforeLock?: boolean;
  /** A token is raised whatever the log says. */
  readonly raisedBlindly?: boolean;
  /** Where tokens began again, the lower one is raised as it is. */
  readonly replacedByLower?: boolean;
  /** A monitor whose token was refused takes itself for entitled. */
  readonly leasesNotAsked?: boolean;
  /** Effects are carried out without a look at the fence. */
  readonly actsUnchecked?: boolean;
}

/** Bounds of the model. */
export const monitorFencingParameters = z.strictObject({
  monitors: z.int().min(2).max(3).default(2),
  /** The highest token that one journal of leases gives. */
  tokensMax: z.int().min(2).max(4).default(3),
});
/** Parsed values of `monitorFencingParameters`. */
export type MonitorFencingParameters = z.infer<typeof monitorFencingParameters>;

export const monitorFencing: System<
  MonitorFencingParameters,
  MonitorFencingVariant,
  MonitorFencingState,
  FencingEffect
> = {
  name: "monitor-fencing",
  title: "Monitors follow one another, and one of them wakes up too late",
  parameters: monitorFencingParameters,
  configurations: [
    {
      name: "",
      purpose: "a monitor is suspended, superseded, and goes on",
      bounds: {
        small: { monitors: 2, tokensMax: 2 },
        default: { monitors: 2, tokensMax: 3 },
        deep: { monitors: 3, tokensMax: 3 },
      },
    },
  ],
  build,
};

type Family = ActionFamily<MonitorFencingState, FencingEffect>;
type Next = (state: MonitorFencingState, monitor: FencedMonitor, by: number) => MonitorFencingState | null;
const action = defineAction<MonitorFencingState, FencingEffect>();

const away: FencedMonitor = { phase: "away", token: 0, saw: 0, suspended: false, late: 0 };

function build(
  parameters: MonitorFencingParameters,
  variant: MonitorFencingVariant = {},
): Model<MonitorFencingState, FencingEffect> {
  const { monitors, tokensMax } = parameters;
  const all = [...Array(monitors).keys()];
  return {
    name: monitorFencing.name,
    parameters,
    schema: schemaOf(parameters),
    initial: [
      {
        monitors: all.map(() => away),
        lease: { holder: null, mark: 0, replaced: false },
        log: { fence: 0, seen: 0 },
      },
    ],
    actions: [
      acquire(all, tokensMax),
      raise(all, variant),
      ask(all, variant),
      raiseInstead(all, variant),
      observe(all, variant),
      commit(all, variant),
      check(all, variant),
      carryOut(all),
      askLease(all),
      suspend(all),
      resume(all),
      kill(all),
      expire,
      replaceLeases,
    ],
    machines: [],
  };
}

function schemaOf({ monitors, tokensMax }: MonitorFencingParameters): z.ZodType<MonitorFencingState> {
  const all = [...Array(monitors).keys()];
  // One journal of leases brings the log to its highest token, and each further grant by one at most, though no monitor
  // asked for its lease: fewer than `tokensMax` are left in the first, and as many follow in the second.
  const token = z.int().min(0).max(3 * tokensMax);
  return z.strictObject({
    monitors: indexedBy(
      "monitor",
      z
        .array(
          z.strictObject({
            phase: z.enum(phases),
            token,
            saw: token,
            suspended: z.boolean(),
            late: z.int().min(0).max(2),
          }),
        )
        .length(monitors),
    ),
    lease: z.strictObject({
      holder: idOf("monitor", all, z.int().min(0).max(monitors - 1).nullable()),
      mark: z.int().min(0).max(tokensMax),
      replaced: z.boolean(),
    }),
    log: z.strictObject({ fence: token, seen: token }),
  });
}

function monitorOf(state: MonitorFencingState, by: number): FencedMonitor {
  const monitor = state.monitors[by];
  if (monitor === undefined) throw new RangeError(`no monitor ${by}`);
  return monitor;
}

function put(state: MonitorFencingState, by: number, monitor: FencedMonitor): MonitorFencingState {
  return { ...state, monitors: replaceAt(state.monitors, by, monitor) };
}

/** Its process ends. The kernel frees the lease, if it still has it. */
function ended(state: MonitorFencingState, by: number): MonitorFencingState {
  const { lease } = state;
  const next = put(state, by, away);
  return lease.holder === by ? { ...next, lease: { ...lease, holder: null } } : next;
}

/** A step of a monitor that runs. `says`: what came of it, told by the phase that it ends in. */
function step(
  name: string,
  all: readonly number[],
  from: FencedMonitor["phase"],
  next: Next,
  { to = "log", says }: { readonly to?: string; readonly says?: (after: FencedMonitor) => FencingEffect["type"] } = {},
): Family {
  const after = (state: MonitorFencingState, by: number): MonitorFencingState | null => {
    const monitor = monitorOf(state, by);
    return monitor.phase !== from || monitor.suspended ? null : next(state, monitor, by);
  };
  return action({
    name,
    over: { monitor: all },
    next: (state, { monitor: by }) => after(state, by),
    effects: (state, { monitor: by }) => {
      const then = after(state, by);
      return then === null || says === undefined ? [] : [told(monitorOf(state, by), monitorOf(then, by), says)];
    },
    actors: ({ monitor }) => [`monitor ${monitor}`, to],
  });
}

function told(
  before: FencedMonitor,
  after: FencedMonitor,
  says: (after: FencedMonitor) => FencingEffect["type"],
): FencingEffect {
  const type = says(after);
  return { type, token: type === "raised" ? after.token : before.token };
}

function acquire(all: readonly number[], tokensMax: number): Family {
  return step(
    "acquire",
    all,
    "away",
    (state, monitor, by) => {
      const { lease } = state;
      if (lease.holder !== null || lease.mark >= tokensMax) return null;
      const token = lease.mark + 1;
      return { ...put(state, by, { ...monitor, phase: "granted", token }), lease: { ...lease, holder: by, mark: token } };
    },
    { to: "leases" },
  );
}

/** One transaction on the log: its token is the highest there, or nothing is written. */
function raise(all: readonly number[], { raisedBlindly = false }: MonitorFencingVariant): Family {
  return step(
    "raise",
    all,
    "granted",
    (state, monitor, by) => {
      const { fence } = state.log;
      if (monitor.token > fence || raisedBlindly) return raised(state, by, monitor, monitor.token);
      return put(state, by, { ...monitor, phase: "outranked", saw: fence });
    },
    { says: ({ phase }) => (phase === "watching" ? "raised" : "refused") },
  );
}

function raised(state: MonitorFencingState, by: number, monitor: FencedMonitor, token: number): MonitorFencingState {
  const log = { fence: token, seen: Math.max(state.log.seen, token) };
  return { ...put(state, by, { ...monitor, phase: "watching", token, saw: 0 }), log };
}

/** A token that is not the highest in the log: was the journal of leases replaced, or is this monitor late? */
function ask(all: readonly number[], { leasesNotAsked = false }: MonitorFencingVariant): Family {
  return step(
    "ask",
    all,
    "outranked",
    (state, monitor, by) =>
      state.lease.holder === by || leasesNotAsked ? put(state, by, { ...monitor, phase: "entitled" }) : ended(state, by),
    { to: "leases" },
  );
}

/** The token after the one it saw, unless somebody else raised one since. */
function raiseInstead(all: readonly number[], { replacedByLower = false }: MonitorFencingVariant): Family {
  return step(
    "raiseInstead",
    all,
    "entitled",
    (state, monitor, by) => {
      const { token, saw } = monitor;
      if (state.log.fence !== saw) return ended(state, by);
      return raised(state, by, monitor, replacedByLower ? token : saw + 1);
    },
    { says: ({ phase }) => (phase === "watching" ? "raised" : "refused") },
  );
}

/** It looks at the runs, and has something to commit. */
function observe(all: readonly number[], { checkedBeforeLock = false }: MonitorFencingVariant): Family {
  return step(
    "observe",
    all,
    "watching",
    (state, monitor, by) => {
      if (checkedBeforeLock && monitor.token !== state.log.fence) return ended(state, by);
      return put(state, by, { ...monitor, phase: "deciding" });
    },
    { to: "runs" },
  );
}

/** One transaction on the log: under the token raised last, or nothing is written and the monitor ends. */
function commit(
  all: readonly number[],
  { unchecked = false, checkedBeforeLock = false }: MonitorFencingVariant,
): Family {
  return step(
    "commit",
    all,
    "deciding",
    (state, monitor, by) => {
      const { fence, seen } = state.log;
      const { token } = monitor;
      if (token !== fence && !unchecked && !checkedBeforeLock) return ended(state, by);
      return { ...put(state, by, { ...monitor, phase: "watching" }), log: { fence, seen: Math.max(seen, token) } };
    },
    { says: ({ phase }) => (phase === "watching" ? "committed" : "refused") },
  );
}

/** Before an effect: a read of the log. */
function check(all: readonly number[], { actsUnchecked = false }: MonitorFencingVariant): Family {
  return step("check", all, "watching", (state, monitor, by) => {
    if (monitor.token !== state.log.fence && !actsUnchecked) return ended(state, by);
    return put(state, by, { ...monitor, phase: "acting" });
  });
}

/** A key is pressed or a session is ended: nobody can refuse it. */
function carryOut(all: readonly number[]): Family {
  return step(
    "carryOut",
    all,
    "acting",
    (state, monitor, by) => {
      const late = monitor.token < state.log.seen ? Math.min(2, monitor.late + 1) : monitor.late;
      return put(state, by, { ...monitor, phase: "watching", late });
    },
    { to: "runs", says: () => "carriedOut" },
  );
}

/** Between two ticks a monitor asks for its lease, and ends when it has it no more. */
function askLease(all: readonly number[]): Family {
  return step(
    "askLease",
    all,
    "watching",
    (state, _monitor, by) => (state.lease.holder === by ? null : ended(state, by)),
    { to: "leases" },
  );
}

/** What becomes of the process of a monitor, whatever it is doing. */
function happens(name: string, all: readonly number[], next: Next): Family {
  return action({
    name,
    over: { monitor: all },
    next: (state, { monitor: by }) => {
      const monitor = monitorOf(state, by);
      return monitor.phase === "away" ? null : next(state, monitor, by);
    },
    actors: ({ monitor }) => ["host", `monitor ${monitor}`],
  });
}

function suspend(all: readonly number[]): Family {
  return happens("suspend", all, (state, monitor, by) =>
    monitor.suspended ? null : put(state, by, { ...monitor, suspended: true }),
  );
}

function resume(all: readonly number[]): Family {
  return happens("resume", all, (state, monitor, by) =>
    monitor.suspended ? put(state, by, { ...monitor, suspended: false }) : null,
  );
}

function kill(all: readonly number[]): Family {
  return happens("kill", all, (state, _monitor, by) => ended(state, by));
}

/** The lease of a monitor that beats does not run out. */
const expire: Family = action({
  name: "expire",
  over: {},
  next: (state) => {
    const { lease } = state;
    if (lease.holder === null || !monitorOf(state, lease.holder).suspended) return null;
    return { ...state, lease: { ...lease, holder: null } };
  },
  actors: () => ["leases", "leases"],
});

/** Somebody took the journal of leases away: nobody holds anything, and tokens begin again. Once is enough. */
const replaceLeases: Family = action({
  name: "replaceLeases",
  over: {},
  next: ({ lease, ...state }) =>
    lease.replaced || lease.mark === 0 ? null : { ...state, lease: { holder: null, mark: 0, replaced: true } },
  actors: () => ["host", "leases"],
});
