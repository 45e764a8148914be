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
  hasBranch: ({ context }: RunScope) => context.branch !== null,
  prUrlUnknown: ({ context }: RunScope) => context.prUrl === null,
  prRecorded: ({ context }: RunScope) => context.prRecorded,
  wasAlive: ({ context }: RunScope) => context.wasAlive,
  /** The other half of "the pair the view already has": the state is the first half. */
  reasonIs: ({ context }: RunScope, { reason }: { readonly reason: Reason | null }) =>
    context.reason === reason,
  /** Being seen alive answers the verdict the view holds. */
  answersAbsence: ({ context }: RunScope) =>
    (absenceReasons as readonly (string | null)[]).includes(context.reason),
};

const pullRequestGuards = {
  discoversUrl: ({ event }: RunScope) => Boolean(only(event, "pr.state").discoveredUrl),
  prIs: ({ event }: RunScope, { outcome }: { readonly outcome: PrOutcome }) =>
    only(event, "pr.state").outcome === outcome,
  findsPr: ({ context, event }: RunScope) => foundPr(context, only(event, "evidence.gathered")) !== null,
  findsPrThatIs: (
    { context, event }: RunScope,
    { outcome }: { readonly outcome: FoundPr["outcome"] },
  ) => foundPr(context, only(event, "evidence.gathered"))?.outcome === outcome,
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
  treeDirty: ({ event }: RunScope) => {
    const { tree } = only(event, "evidence.gathered");
    return tree !== null && (tree.ahead > 0 || tree.dirty);
  },
  treeInvisible: ({ event }: RunScope) => only(event, "evidence.gathered").tree === null,
  insideGrace: ({ context, event }: RunScope) =>
    context.startedAt !== null && event.now - context.startedAt < policy.neverAliveGraceMs,
  /** The evidence comes from the observer that last saw the run alive (L11b). */
  attested: ({ context, event }: RunScope) => {
    const { observer } = only(event, "evidence.gathered");
    return observer !== null && observer === context.aliveObserver;
  },
  exitsWhenDone: ({ context }: RunScope) => policy.agentsThatExitWhenDone.includes(context.agent),
});

const paneGuards = (policy: RunPolicy) => ({
  /** An API of the agent gave its word. */
  resolved: ({ event }: RunScope) => isResolved(only(event, "pane.captured").signal),
  resolvedAs: ({ event }: RunScope, { word }: { readonly word: Resolved }) =>
    only(event, "pane.captured").signal.resolved === word,
  hasReading: ({ event }: RunScope) => kindOf(only(event, "pane.captured").signal) !== null,
  reads: ({ event }: RunScope, { kind }: { readonly kind: ReadingKind }) =>
    kindOf(only(event, "pane.captured").signal) === kind,
  /** The same reading, often enough in a row, this one included (L6, L10a). */
  confirmed: ({ context, event }: RunScope) =>
    readOn(context, only(event, "pane.captured").signal, policy).streak >= policy.confirmation,
  /** The view already waits for this very gate. */
  sameGate: ({ context, event }: RunScope) => context.reason === gateReason(only(event, "pane.captured")),
  paneKnown: ({ context }: RunScope) => context.paneHash !== null,
  paneDiffers: ({ context, event }: RunScope) =>
    context.paneHash !== only(event, "pane.captured").paneHash,
});

/** Questions about what a launcher, a user or an agent says. */
const commandGuards = {
  launchReaches: ({ event }: RunScope, { status }: { readonly status: Status }) =>
    statusOfStage(only(event, "launch.progressed").stage) === status,
  hasError: ({ event }: RunScope) => Boolean(only(event, "launch.failed").error),
  asserts: ({ event }: RunScope, { status }: { readonly status: Status }) =>
    only(event, "status.asserted").status === status,
  assertsSameReason: ({ context, event }: RunScope) =>
    context.reason === assertedReason(only(event, "status.asserted")),
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
