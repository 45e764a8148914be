/**
 * Where each law is closed besides its model: what defends it at run time, which tests judge the implementation,
 * which surface laws keep writers in line, how its statement came about. Data about files, for the documents.
 *
 * A test holds that every file is there and names the law; nothing here decides anything.
 */

/** A source file that keeps the law at run time and names it, and how it does so, in a few words. */
export interface Defence {
  /** From the root of the repository. */
  readonly file: string;
  readonly how: string;
}

/** A change of the statement, or of what it was called, since it was first written down. */
export interface Amendment {
  readonly from: string;
  readonly to: string;
  readonly because: string;
}

export interface Closure {
  readonly defended?: readonly Defence[];
  /** Tests that judge the running implementation, not the model. */
  readonly judgedBy?: readonly string[];
  /** Surface laws that close it in source code. */
  readonly surface?: readonly string[];
  /** Oldest first. */
  readonly amended?: readonly Amendment[];
}

const by = (file: string, how: string): Defence => ({ file, how });

const machine = (how: string): Defence => by("spec/run/guards.ts", how);
const commitPoint = "src/run/commit-point.ts";
const registry = "src/worker-plane/registry.ts";
const master = "src/worker-plane/master.ts";
const planeLaws = "test/worker-plane-laws.test.ts";
const planeHosts = "test/worker-plane-hosts.test.ts";
const crashes = "test/crash/enumeration.test.ts";
const faults = "test/journal-faults.test.ts";
const bytes = "test/journal-bytes.test.ts";
const corpus = "test/lint/corpus/write-surface.yaml";

const runClosures: Readonly<Record<string, Closure>> = {
  L3: {
    amended: [
      {
        from: "L3: a never-alive run gets no verdict from absence inside the grace",
        to: "L3′: and after it, standing dead evidence concludes, whoever observes",
        because: "the first half alone leaves a run whose host never came up booting for ever",
      },
    ],
  },
  L4: {
    defended: [by("spec/vocabulary/status.ts", "`canTransition` lets nobody but a user leave a terminal status")],
    judgedBy: ["test/run-store.test.ts"],
    surface: ["WS1"],
  },
  L6: { defended: [machine("`confirmed` counts equal readings in a row")] },
  L7: { defended: [by(commitPoint, "what is remembered of runs is lost with the process")] },
  L7s: {
    amended: [
      {
        from: "L7: a restart changes no verdict",
        to: "L7′, kept as L7s: a restart weakens a verdict of absence at most to `unknown(observer_unverified)`",
        because: "an observer that forgot whom it saw alive cannot attest any more; the same pair would be a guess",
      },
    ],
  },
  L7f: {
    defended: [by("spec/run/fold.ts", "the fold reads effects only, without the machine")],
    judgedBy: ["test/run-fold.test.ts", "test/run-store.test.ts"],
  },
  L8: {
    defended: [
      by(commitPoint, "listeners are called once for each change, after the append"),
      by("src/run/listeners.ts", "each committed change is told to each listener once"),
    ],
    judgedBy: ["test/run-store.test.ts"],
    surface: ["WS1"],
  },
  L10a: { defended: [machine("`confirmed` counts equal readings in a row")] },
  L10b: { defended: [by("spec/run/reading.ts", "kinds of reading in one order, strongest first")] },
  L11a: { defended: [by("spec/run/streaks.ts", "reports are counted for each observer apart")] },
  L11b: { defended: [machine("`attested` compares the observer with the one that last saw the run alive")] },
  L11d: {
    defended: [
      by("src/gather/tmux.ts", "absence is classified where the answer is read"),
      by("src/gather/sessions.ts", "identity and class travel as data"),
      by("src/run/gatherer.ts", "the port asks for both"),
    ],
  },
  L12: {
    defended: [
      by("src/gather/pull-requests.ts", "a pull request of another branch or repository is nobody's"),
      by("src/gather/observe.ts", "only the run's own becomes part of an observation"),
    ],
    judgedBy: ["test/gather-observe.test.ts", "test/gather-pull-requests.test.ts"],
  },
  L13: {
    amended: [
      {
        from: "I7, an idea: a run whose session stays gone gets a verdict",
        to: "L13, with its bound: within 2 × observers + 1 reports",
        because: "without a bound no state ever breaches it",
      },
    ],
  },
  L14: {
    defended: [machine("`assertedReason` gives a reason to `unknown` and `failed` that come without")],
    judgedBy: ["test/run-table.test.ts"],
    surface: ["WS7"],
  },
  L15: {
    defended: [
      by(commitPoint, "the effects of one observation are one record"),
      by("src/run/store.ts", "an append is decided and written under the journal's lock"),
      by("spec/run/audit.ts", "a recorded commit is compared with what the machine decides"),
    ],
    judgedBy: ["test/run-store.test.ts"],
    surface: ["WS1", "WS4"],
  },
  L16: {
    defended: [
      by("src/run/monitor.ts", "every tick goes over every run that has not ended"),
      by("src/gather/pacing.ts", "captures are paced, the question whether a session is alive is not"),
    ],
    judgedBy: ["test/run-monitor-loop.test.ts"],
    amended: [
      {
        from: "I6, an idea: nobody is forgotten",
        to: "L16: every non-terminal run is observed in every tick",
        because: "a law names what is counted",
      },
    ],
  },
  L17: { amended: [added("difference 1 of the run page, that local and remote verdicts are one function")] },
  L18: { amended: [added("difference 3 of the run page, that a work tree nobody can see is not clean")] },
  L19: { amended: [added("difference 7 of the run page, that being seen alive answers absence")] },
};

function added(because: string): Amendment {
  return { from: "no law of its own", to: "a law beyond the catalogue", because };
}

const planeClosures: Readonly<Record<string, Closure>> = {
  LL1: {
    defended: [
      by(registry, "an invariant: who saw an answer has one; time passes only after everybody looked"),
      by("src/worker-plane/policy.ts", "no wait outlives its answer by more than one tick"),
    ],
    judgedBy: [planeLaws],
  },
  LL2: { judgedBy: [planeLaws], surface: ["WS5"] },
  LL3: { defended: [by(registry, "the machine takes the first verdict only")], judgedBy: [planeLaws], surface: ["WS5"] },
  LL4: {
    defended: [
      by(master, "memory only: losing it loses nothing"),
      by(registry, "callers of forgotten leases are told so"),
    ],
    judgedBy: [planeLaws],
  },
  LL5: {
    defended: [
      by("src/worker-plane/executions.ts", "an effect is given its assignment and no store"),
      by("src/worker-plane/worker.ts", "executes from the assignment alone"),
    ],
    judgedBy: [planeHosts],
  },
  LL6: {
    defended: [
      by("spec/worker-lease/target.ts", "a target is resolved before the lease is acquired"),
      by(registry, "and never again"),
    ],
    judgedBy: [planeLaws],
  },
  LL7: {
    defended: [by("src/worker-plane/work-tree.ts", "looked at and removed on the run's own worker")],
    judgedBy: [planeHosts],
  },
  LL8: { defended: [by(registry, "the machine takes the verdict of the current attempt only")], judgedBy: [planeLaws] },
  LL9: {
    defended: [by(master, "at most one lease that mutates a run is open")],
    judgedBy: [planeLaws],
    surface: ["WS5"],
  },
  LL10: {
    defended: [by(registry, "an observed lease leaves, the oldest unobserved one makes room")],
    judgedBy: [planeLaws, "test/worker-plane-worker.test.ts"],
    surface: ["WS5"],
  },
};

const laneClosures: Readonly<Record<string, Closure>> = {
  NL1: { defended: [by("spec/lane-lease/admission.ts", "two claims that conflict are never both granted")] },
  NL2: { defended: [by("spec/lane-lease/checkpoint.ts", "the high-water mark of the tokens outlives compaction")] },
  NL6: {
    defended: [
      by("spec/lane-lease/standing.ts", "one function answers for acquire, live, show and the fences"),
      by("spec/lane-lease/queries.ts", "queries answer by the fold that acquire decides on"),
    ],
  },
  NL7: { defended: [by("spec/vocabulary/lane.ts", "a beat is elided for at most one heartbeat interval")] },
  NL8: {
    defended: [
      by("spec/lane-lease/holder.ts", "the holder stops at its renew deadline"),
      by("src/lease/keeper.ts", "work under a lease is told so before anybody else may be granted the lane"),
    ],
    judgedBy: ["test/lease-store.test.ts"],
  },
  NL10: { defended: [by("spec/lane-lease/admission.ts", "one symmetric function")] },
};

const journalClosures: Readonly<Record<string, Closure>> = {
  JL1: { judgedBy: [crashes, faults], surface: ["WS4"] },
  JL2: { judgedBy: [crashes, faults] },
  JL3: { judgedBy: [crashes, bytes] },
  JL4: { judgedBy: [bytes] },
  JL5: {
    defended: [
      by("src/journal/record.ts", "any bytes give a record or a fault with a reason"),
      by("src/journal/scan.ts", "throws nothing but errors of the disk, holds one record at a time"),
    ],
    judgedBy: [bytes],
  },
  JL6: {
    defended: [
      by("src/journal/types.ts", "a fold states what it keeps and how it goes on from there"),
      by("spec/lane-lease/checkpoint.ts", "all of the state, the tokens' mark first"),
    ],
    judgedBy: [crashes],
  },
  JL7: { judgedBy: [crashes] },
  JL8: {
    defended: [by("spec/lane-lease/fold.ts", "nothing is granted over a record nobody can read")],
    judgedBy: [crashes, faults],
    surface: ["WS4"],
  },
  JL9: { defended: [by("spec/lane-lease/fold.ts", "unknown types change nothing")] },
  ML2: { judgedBy: ["test/harness/process-farm.ts"] },
};

const surfaceClosures: Readonly<Record<string, Closure>> = {
  WS1: {
    defended: [
      by(commitPoint, "holds the only capability to append a status"),
      by("src/run/store.ts", "refuses everybody without it"),
      by("src/run/errors.ts", "the refusal names the law"),
    ],
    judgedBy: ["test/run-store.test.ts", corpus],
  },
  WS2: { defended: [by("src/lint/judge.ts", "rule `undecided`")] },
  WS3: { defended: [by("src/lint/judge.ts", "rules `ratchet` and `stale-writer`")] },
  WS4: { defended: [by("src/lint/presets.ts", "preset `leasehold:no-discard`")], judgedBy: [corpus] },
  WS5: {
    defended: [
      by("src/lint/presets.ts", "preset `leasehold:lease-registry`"),
      by(registry, "the maps are written in this file only"),
    ],
    judgedBy: [corpus],
  },
  WS6: { defended: [by("src/lint/presets.ts", "preset `leasehold:purity`")] },
  WS7: { judgedBy: [corpus] },
};

/** By law id. A law that is not here is closed by its model alone. */
export const closures: Readonly<Record<string, Closure>> = {
  ...runClosures,
  ...planeClosures,
  ...laneClosures,
  ...journalClosures,
  ...surfaceClosures,
};
