/**
 * Lock protocols as charts: each leaf is the system call a process makes next, each event what the call said.
 *
 * `advisoryLock` is the protocol of the journal. The others are the well-known ones that do not exclude; they are
 * the mutants of the mutex laws. A contender that finds the lock taken goes back to `idle` and may try again.
 */
import { type AnyStateMachine, assertEvent, assign, setup } from "xstate";

import type { Answer, Call, Owner } from "./file-mutex-kernel.js";

/** `critical` is the critical section, `dead` a process that is gone; every protocol has both. */
export interface LockProtocol {
  readonly name: string;
  readonly machine: AnyStateMachine;
  /** The call a process makes in a leaf. Leaves that are not named make none. */
  readonly calls: Readonly<Record<string, Call>>;
}

/** What a process of a protocol remembers. */
export interface LockContext {
  /** Its own label. */
  readonly self: Owner;
  /** The label it read, as long as it acts on it. */
  readonly seen: Owner | null;
}

export type LockEvent = Answer | { readonly type: "process.died" };

const lock = setup({
  types: { context: {} as LockContext, events: {} as LockEvent },
  guards: {
    isMine: ({ context, event }) => {
      assertEvent(event, "body.read");
      return event.owner === context.self;
    },
    isEmpty: ({ event }) => {
      assertEvent(event, "body.read");
      return event.owner === null;
    },
    isStale: ({ event }) => {
      assertEvent(event, "body.read");
      return event.stale;
    },
    isStaleWithBody: ({ event }) => {
      assertEvent(event, "body.read");
      return event.stale && event.owner !== null;
    },
    isAsSeen: ({ context, event }) => {
      assertEvent(event, "body.read");
      return event.owner === context.seen && event.stale;
    },
    isAlive: ({ event }) => {
      assertEvent(event, "process.probed");
      return event.alive;
    },
  },
  actions: {
    noteSeen: assign({ seen: ({ event }) => (event.type === "body.read" ? event.owner : null) }),
    forgetSeen: assign({ seen: null }),
  },
});

const context: LockContext = { self: 0, seen: null };
const death = { "process.died": { target: ".dead", actions: "forgetSeen" } } as const;
const dead = {};

/** An advisory lock by descriptor on a file that is never unlinked or renamed. */
export function advisoryLock(): LockProtocol {
  const machine = lock.createMachine({
    id: "advisoryLock",
    context,
    on: death,
    initial: "idle",
    states: {
      idle: { on: { "call.succeeded": "opening" } },
      opening: { on: { "call.succeeded": "locking" } },
      locking: { on: { "call.succeeded": "critical" } },
      critical: { on: { "call.succeeded": "closing" } },
      closing: { on: { "call.succeeded": "idle" } },
      dead,
    },
  });
  return {
    name: "advisory lock",
    machine,
    calls: { idle: "begin", opening: "open", locking: "lock", critical: "leave", closing: "close" },
  };
}

/** The same, but who leaves removes the file, so that a name and a lock may be of different files. */
export function advisoryLockWithUnlink(): LockProtocol {
  const machine = lock.createMachine({
    id: "advisoryLockWithUnlink",
    context,
    on: death,
    initial: "idle",
    states: {
      idle: { on: { "call.succeeded": "opening" } },
      opening: { on: { "call.succeeded": "locking" } },
      locking: { on: { "call.succeeded": "critical" } },
      critical: { on: { "call.succeeded": "unlinking" } },
      unlinking: { on: { "call.succeeded": "closing", "call.failed": "closing" } },
      closing: { on: { "call.succeeded": "idle" } },
      dead,
    },
  });
  const { calls } = advisoryLock();
  return { name: "advisory lock, file removed", machine, calls: { ...calls, unlinking: "unlink" } };
}

/** Creating the file is the lock; who finds a stale one renames it aside, looks again, and restores a wrong one. */
export interface StealOptions {
  /** A file without a body is stolen by its age like any other; otherwise it is never stolen. */
  readonly stealsEmpty: boolean;
  /** Who reads its own label enters. */
  readonly reentrant: boolean;
}

export function createAndSteal({ stealsEmpty, reentrant }: StealOptions): LockProtocol {
  const isStealable = stealsEmpty ? "isStale" : "isStaleWithBody";
  const enter = { guard: "isMine", target: "critical" } as const;
  const machine = lock.createMachine({
    id: "createAndSteal",
    context,
    on: death,
    initial: "idle",
    states: {
      idle: { on: { "call.succeeded": "creating" } },
      creating: { on: { "call.succeeded": "writing", "call.failed": "reading" } },
      writing: { on: { "call.succeeded": "critical" } },
      reading: {
        on: {
          "body.read": [
            ...(reentrant ? [enter] : []),
            { guard: isStealable, target: "moving", actions: "noteSeen" },
            { target: "idle" },
          ],
          "call.failed": "creating",
        },
      },
      moving: {
        on: {
          "call.succeeded": "verifying",
          "call.failed": { target: "creating", actions: "forgetSeen" },
        },
      },
      verifying: {
        on: {
          "body.read": [
            { guard: "isAsSeen", target: "discarding", actions: "forgetSeen" },
            { target: "restoring", actions: "forgetSeen" },
          ],
        },
      },
      discarding: { on: { "call.succeeded": "creating" } },
      restoring: { on: { "call.succeeded": "idle" } },
      critical: { on: { "call.succeeded": "leaving" } },
      leaving,
      removing: { on: { "call.succeeded": "idle", "call.failed": "idle" } },
      dead,
    },
  });
  return { name: "create, steal by rename", machine, calls: createAndStealCalls };
}

/** Who leaves removes the file only when it reads its own label. */
const leaving = {
  on: {
    "body.read": [{ guard: "isMine", target: "removing" }, { target: "idle" }],
    "call.failed": "idle",
  },
} as const;

const createAndStealCalls: Readonly<Record<string, Call>> = {
  idle: "begin",
  creating: "create",
  writing: "write",
  reading: "read",
  moving: "moveAside",
  verifying: "readAside",
  discarding: "unlinkAside",
  restoring: "moveBack",
  critical: "leave",
  leaving: "read",
  removing: "unlink",
};

/** A directory is the lock; who finds an old one removes it and makes it again. */
export function directoryWithAge(): LockProtocol {
  const machine = lock.createMachine({
    id: "directoryWithAge",
    context,
    on: death,
    initial: "idle",
    states: {
      idle: { on: { "call.succeeded": "making" } },
      making: { on: { "call.succeeded": "critical", "call.failed": "looking" } },
      looking: {
        on: {
          "body.read": [{ guard: "isStale", target: "reclaiming" }, { target: "idle" }],
          "call.failed": "making",
        },
      },
      reclaiming: { on: { "call.succeeded": "making", "call.failed": "making" } },
      critical: { on: { "call.succeeded": "removing" } },
      removing: { on: { "call.succeeded": "idle", "call.failed": "idle" } },
      dead,
    },
  });
  return {
    name: "directory with age",
    machine,
    calls: {
      idle: "begin",
      making: "makeDirectory",
      looking: "read",
      reclaiming: "unlink",
      critical: "leave",
      removing: "unlink",
    },
  };
}

/** The file holds the owner's process id; who finds one whose process is gone, or none, makes it anew. */
export function pidFile(): LockProtocol {
  const machine = lock.createMachine({
    id: "pidFile",
    context,
    on: death,
    initial: "idle",
    states: {
      idle: { on: { "call.succeeded": "creating" } },
      creating: { on: { "call.succeeded": "writing", "call.failed": "reading" } },
      writing: { on: { "call.succeeded": "critical" } },
      reading: {
        on: {
          "body.read": [
            { guard: "isEmpty", target: "reclaiming" },
            { target: "probing", actions: "noteSeen" },
          ],
          "call.failed": "creating",
        },
      },
      probing: {
        on: {
          "process.probed": [
            { guard: "isAlive", target: "idle", actions: "forgetSeen" },
            { target: "reclaiming", actions: "forgetSeen" },
          ],
        },
      },
      reclaiming: { on: { "call.succeeded": "creating", "call.failed": "creating" } },
      critical: { on: { "call.succeeded": "removing" } },
      removing: { on: { "call.succeeded": "idle", "call.failed": "idle" } },
      dead,
    },
  });
  return {
    name: "pid file",
    machine,
    calls: {
      idle: "begin",
      creating: "create",
      writing: "write",
      reading: "read",
      probing: "probe",
      reclaiming: "unlink",
      critical: "leave",
      removing: "unlink",
    },
  };
}
