/** The single decisions of the run machine: pure predicates of context and event, each one question. */
import { unreachable } from "../kernel/unreachable.js";
import type { LaunchStage, PrOutcome, Signal } from "../vocabulary/observation.js";
import type { RunPolicy } from "../vocabulary/run.js";
import { type Reason, type Source, type Status, absenceReasons } from "../vocabulary/status.js";
import { type RunEventOf, type RunScope, only } from "./event.js";
import { type FoundPr, foundPr } from "./pull-request.js";
import { type ReadingKind, isResolved, kindOf, readOn } from "./reading.js";
import { streakOf } from "./streaks.js";

type Resolved = NonNullable<Signal["resolved"]>;

/** Guards by the name they have in the chart, for one policy. */
export function runGuards(policy: RunPolicy) {
  return {
    ...viewGuards,
    ...pullRequestGuards,
    ...absenceGuards(policy),
    ...paneGuards(policy),
    ...commandGuards,
  };
}

/** Questions to the view alone. */
const viewGuards = {
  /** The run works on a branch of its own. */
  hasBranch: ({ context }: RunScope) => context.branch !== null,
  /** No URL of a pull request is known yet. */
  prUrlUnknown: ({ context }: RunScope) => context.prUrl === null,
  /** A pull request of the run was recorded. */
  prRecorded: ({ context }: RunScope) => context.prRecorded,
  /** The run was seen alive once. */
  wasAlive: ({ context }: RunScope) => context.wasAlive,
  /** The other half of "the pair the view already has": the state is the first half. */
  reasonIs: ({ context }: RunScope, { reason }: { readonly reason: Reason | null }) =>
    context.reason === reason,
  /** Being seen alive answers the verdict the view holds. */
  answersAbsence: ({ context }: RunScope) =>
    (absenceReasons as readonly (string | null)[]).includes(context.reason),
};

const pullRequestGuards = {
  /** The look found a URL. */
  discoversUrl: ({ event }: RunScope) => Boolean(only(event, "pr.state").discoveredUrl),
  /** The pull request is in this state. */
  prIs: ({ event }: RunScope, { outcome }: { readonly outcome: PrOutcome }) =>
    only(event, "pr.state").outcome === outcome,
  /** The evidence names a pull request of the run. */
  findsPr: ({ context, event }: RunScope) => foundPr(context, only(event, "evidence.gathered")) !== null,
  /** The evidence names a pull request of the run, and it is in this state. */
  findsPrThatIs: (
    { context, event }: RunScope,
    { outcome }: { readonly outcome: FoundPr["outcome"] },
  ) => foundPr(context, only(event, "evidence.gathered"))?.outcome === outcome,
  /** The capture brings a URL that was verified to be the run's. */
  carriesVerifiedPr: ({ event }: RunScope) => Boolean(only(event, "pane.captured").verifiedPrUrl),
};

/** Questions about a run that is reported gone. */
const absenceGuards = (policy: RunPolicy) => ({
  /** This report is the one that makes the observer's streak long enough, or a later one. */
  completesStreak: ({ context, event }: RunScope) =>
    streakOf(context.deadStreaks, only(event, "session.gone").observer) + 1 >= policy.deadChecks,
  /** The evidence answers a streak that still stands. */
  streakReached: ({ context, event }: RunScope) =>
    streakOf(context.deadStreaks, only(event, "evidence.gathered").observer) >= policy.deadChecks,
  /** The work tree has commits of its own, or changes nobody committed. */
  treeDirty: ({ event }: RunScope) => {
    const { tree } = only(event, "evidence.gathered");
    return tree !== null && (tree.ahead > 0 || tree.dirty);
  },
  /** The work tree could not be looked at. */
  treeInvisible: ({ event }: RunScope) => only(event, "evidence.gathered").tree === null,
  /** The run is younger than the grace of one that was never seen alive (L3). */
  insideGrace: ({ context, event }: RunScope) =>
    context.startedAt !== null && event.now - context.startedAt < policy.neverAliveGraceMs,
  /** The evidence comes from the observer that last saw the run alive (L11b). */
  attested: ({ context, event }: RunScope) => {
    const { observer } = only(event, "evidence.gathered");
    return observer !== null && observer === context.aliveObserver;
  },
  /** The agent ends by itself once its work is done. */
  exitsWhenDone: ({ context }: RunScope) => policy.agentsThatExitWhenDone.includes(context.agent),
});

const paneGuards = (policy: RunPolicy) => ({
  /** An API of the agent gave its word. */
  resolved: ({ event }: RunScope) => isResolved(only(event, "pane.captured").signal),
  /** An API of the agent gave this word. */
  resolvedAs: ({ event }: RunScope, { word }: { readonly word: Resolved }) =>
    only(event, "pane.captured").signal.resolved === word,
  /** The pane shows something that the machine reads. */
  hasReading: ({ event }: RunScope) => kindOf(only(event, "pane.captured").signal) !== null,
  /** The pane is read as this. */
  reads: ({ event }: RunScope, { kind }: { readonly kind: ReadingKind }) =>
    kindOf(only(event, "pane.captured").signal) === kind,
  /** The same reading, often enough in a row, this one included (L6, L10a). */
  confirmed: ({ context, event }: RunScope) =>
    readOn(context, only(event, "pane.captured").signal, policy).streak >= policy.confirmation,
  /** The view already waits for this very gate. */
  sameGate: ({ context, event }: RunScope) => context.reason === gateReason(only(event, "pane.captured")),
  /** The view holds the hash of an earlier pane. */
  paneKnown: ({ context }: RunScope) => context.paneHash !== null,
  /** The pane is not the one whose hash the view holds. */
  paneDiffers: ({ context, event }: RunScope) =>
    context.paneHash !== only(event, "pane.captured").paneHash,
});

/** Questions about what a launcher, a user or an agent says. */
const commandGuards = {
  /** The stage of the launch stands for this status. */
  launchReaches: ({ event }: RunScope, { status }: { readonly status: Status }) =>
    statusOfStage(only(event, "launch.progressed").stage) === status,
  /** The launch says what went wrong. */
  hasError: ({ event }: RunScope) => Boolean(only(event, "launch.failed").error),
  /** This status is asserted. */
  asserts: ({ event }: RunScope, { status }: { readonly status: Status }) =>
    only(event, "status.asserted").status === status,
  /** The reason that is asserted is the one the view has. */
  assertsSameReason: ({ context, event }: RunScope) =>
    context.reason === assertedReason(only(event, "status.asserted")),
  /** This source asserts it. */
  assertedBy: ({ event }: RunScope, { source }: { readonly source: Source }) =>
    only(event, "status.asserted").source === source,
};

/** The reason of `waiting` at a gate. */
export function gateReason({ signal }: RunEventOf<"pane.captured">): Reason {
  return `gate_${signal.gate ?? ""}`;
}

/** `unknown` and `failed` always say why (L14). */
export function assertedReason({ status, reason }: RunEventOf<"status.asserted">): Reason | null {
  const mute = status === "unknown" || status === "failed";
  return reason ?? (mute ? "asserted" : null);
}

function statusOfStage(stage: LaunchStage): Status {
  switch (stage) {
    case "created":
      return "queued";
    case "ready":
      return "booting";
    case "workspaceOnly":
    case "agentStarted":
      return "running";
    default:
      return unreachable(stage);
  }
}
