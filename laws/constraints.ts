/**
 * Which transitions of which machine a law constrains: selectors over the charts, for the documents.
 *
 * A transition is constrained when a selector fits it. A test holds that every selector fits at least one, and
 * that every transition is constrained by at least one law.
 */

/** Fits transitions of `machine` for which all that is given is true. */
export interface TransitionSelector {
  readonly machine: string;
  /** One of these events. */
  readonly events?: readonly string[];
  /** One of these leaves is the target. */
  readonly targets?: readonly string[];
  /** The declaring node's path is this one, or below it. */
  readonly from?: string;
  /** Part of the guard as written. */
  readonly guard?: string;
  /** Name of an action it executes. */
  readonly action?: string;
}

const run = (rest: Omit<TransitionSelector, "machine">): TransitionSelector => ({ machine: "run", ...rest });
const of = (machine: string, ...events: readonly string[]): TransitionSelector =>
  events.length === 0 ? { machine } : { machine, events };

const evidence = ["evidence.gathered"];
const pane = ["pane.captured"];
const facts = ["pr.state", "session.alive", "feedback.delivered", "user.stopped", "launch.progressed", "status.asserted"];

/** By law id; laws about other things than transitions are not here. */
export const constraints: Readonly<Record<string, readonly TransitionSelector[]>> = {
  L1a: [run({ events: facts })],
  L1b: [run({ events: ["session.gone", ...pane] })],
  L2: [run({ events: ["pr.state", "session.gone", ...evidence] })],
  L3: [run({ events: evidence, guard: "wasAlive" }), run({ guard: "concludesNeverAlive" })],
  L4: [run({ from: "terminal" })],
  L5: [run({ events: ["session.gone"] }), run({ events: evidence })],
  L6: [run({ guard: 'reads(kind: "prompt")' }), run({ guard: "keepsWaiting" })],
  L7f: [run({ action: "setStatus" }), run({ action: "recordPr" }), run({ action: "recordAlive" }), run({ action: "recordBaseline" })],
  L7s: [run({ events: evidence, guard: "attested" }), run({ guard: "concludesUnverified" })],
  L9: [run({ events: ["launch.progressed", "launch.failed"] })],
  L10a: [run({ events: pane, guard: "confirmed" })],
  L10b: [run({ events: pane, guard: "reads" }), run({ events: pane, guard: "paneAppears" })],
  L10c: [run({ events: pane, targets: ["waiting"] }), run({ guard: "keepsWaiting" })],
  L11a: [run({ action: "countGone" }), run({ action: "clearStreaks" }), run({ guard: "streakReached" })],
  L11b: [
    run({ action: "rememberAliveObserver" }),
    run({ events: evidence, guard: "attested" }),
    run({ events: evidence, guard: "treeInvisible" }),
    run({ events: evidence, guard: "concludesLost" }),
    run({ events: evidence, guard: "exitsWhenDone" }),
    run({ events: evidence, targets: ["failed"] }),
  ],
  L11c: [run({ events: evidence, guard: "attested" }), run({ guard: "concludesUnverified" })],
  L12: [run({ action: "recordPr" })],
  L13: [run({ events: ["session.gone"] }), run({ events: evidence, action: "setStatus" })],
  L14: [run({ targets: ["unknown", "failed"] })],
  L15: [run({ action: "setStatus" })],
  L17: [run({ events: ["session.alive", "session.gone", ...evidence] })],
  L18: [
    run({ events: evidence, guard: "treeDirty" }),
    run({ events: evidence, guard: "leavesWork" }),
    run({ events: evidence, guard: "treeInvisible" }),
    run({ events: evidence, targets: ["done", "failed", "canceled"] }),
  ],
  L19: [run({ events: ["session.alive"] })],
  LL1: [
    of("worker", "clock.ticked", "worker.heartbeat", "worker.crashed"),
    of("caller", "lease.observed", "clock.ticked"),
    { machine: "caller", events: ["lease.acquired"], targets: ["waiting"] },
  ],
  LL2: [of("lease", "lease.dispatched", "lease.progressed", "clock.ticked")],
  LL3: [of("lease", "lease.acknowledged", "lease.recycled"), of("caller", "caller.left")],
  LL4: [
    of("lease", "master.restarted"),
    of("worker", "master.restarted", "worker.registered", "worker.started", "worker.unregistered"),
    of("caller", "master.restarted"),
  ],
  LL6: [of("lease", "lease.acquired")],
  LL8: [of("lease", "lease.acknowledged", "lease.progressed")],
  LL9: [of("lease", "lease.acquired")],
  LL10: [of("lease", "lease.recycled")],
  NL1: [of("lane-lease", "lease.granted")],
  NL2: [of("lane-lease", "lease.granted", "lease.adopted")],
  NL3: [of("lane-lease", "lease.beaten", "lease.released")],
  NL4: [of("lane-lease", "lease.beaten", "lease.adopted", "lease.scavenged")],
  NL5: [of("lane-lease", "lease.adopted")],
  NL6: [of("lane-lease", "lease.beaten", "lease.scavenged", "lease.doubted")],
  NL7: [of("lane-lease", "lease.beaten")],
  NL9: [of("lane-lease", "lease.released", "lease.scavenged")],
  JL1: [of("writer", "record.appended", "data.synced", "data.failed")],
  JL2: [of("writer", "directory.synced", "copy.renamed", "record.appended")],
  JL6: [of("writer", "copy.written", "copy.synced", "copy.renamed")],
  JL7: [of("writer", "lock.granted", "log.followed", "record.appended", "nothing.decided")],
  JL8: [of("writer", "log.refused", "record.failed", "data.failed", "process.ended")],
  ML1: [of("advisoryLock", "call.succeeded")],
  ML2: [of("advisoryLock", "process.died", "call.succeeded")],
};
