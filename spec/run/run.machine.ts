/**
 * The run lifecycle: one statechart, the only place in code where the decision table lives.
 *
 * States are the ten statuses, events the observations, actions the effects and the context's copy of them.
 * `active` holds the rows of the table in their order; a status holds only what is different there: where it
 * is the target of the row itself, and so has the pair already, and where the table names it.
 */
import { and, not } from "xstate";

import { type RunPolicy, defaultRunPolicy } from "../vocabulary/run.js";
import { type Status, activeStatuses, terminalStatuses } from "../vocabulary/status.js";
import type { RunContext, RunEventOf, RunScope } from "./event.js";
import { assertedReason, gateReason } from "./guards.js";
import { kit, runKit } from "./kit.js";
import { foundPr } from "./pull-request.js";
import { emptyView, initialCore } from "./record.js";
import {
  assertedBy,
  asserts,
  findsPrThatIs,
  launchReaches,
  paneSays,
  prIs,
  reads,
  reasonIs,
  recordsPr,
  resolvedAs,
  says,
  verdict,
} from "./references.js";

const everyStatus = [...activeStatuses, ...terminalStatuses];

type PrState = RunEventOf<"pr.state">;
type Evidence = RunEventOf<"evidence.gathered">;
type Pane = RunEventOf<"pane.captured">;

const discoveredPr = recordsPr<PrState>(({ event }) => event.discoveredUrl ?? event.url);
const branchPr = recordsPr<Evidence>(({ event }) => event.branchPr?.url ?? "");
const verifiedPr = recordsPr<Pane>(({ event }) => event.verifiedPrUrl ?? "");

const closesPr = {
  type: "recordPrClosed" as const,
  params: ({ event }: RunScope<PrState>) => ({ url: event.url }),
};
const closesFoundPr = {
  type: "recordPrClosed" as const,
  params: ({ context, event }: RunScope<Evidence>) => ({ url: foundPr(context, event)?.url ?? "" }),
};
const asksForEvidence = {
  type: "gatherEvidence" as const,
  params: ({ event }: RunScope<RunEventOf<"session.gone">>) => ({ observer: event.observer }),
};
const recordsBaseline = [
  {
    type: "recordBaseline" as const,
    params: ({ event }: RunScope<Pane>) => ({ paneHash: event.paneHash }),
  },
  "noteBaseline",
] as const;

/** No verdict: a first pane becomes the baseline, and the reading is remembered either way. */
const remembersPane = ["readPane"] as const;
const takesBaseline = [...recordsBaseline, ...remembersPane] as const;

/** The rows of the decision table. First match wins. */
const rows = kit.createStateConfig({
  on: {
    "pr.state": [
      {
        guard: and(["discoversPr", prIs("merged")]),
        target: "#done",
        actions: [...discoveredPr, ...says("done")],
      },
      {
        guard: and(["discoversPr", prIs("closed")]),
        target: "#canceled",
        actions: [...discoveredPr, closesPr, ...says("canceled")],
      },
      { guard: "discoversPr", actions: [...discoveredPr] },
      { guard: prIs("merged"), target: "#done", actions: [...says("done")] },
      { guard: prIs("closed"), target: "#canceled", actions: [closesPr, ...says("canceled")] },
    ],
    "session.alive": [
      {
        guard: and([not("wasAlive"), "answersAbsence"]),
        target: "#running",
        actions: ["recordAlive", "noteAlive", "rememberAliveObserver", "clearStreaks", ...says("running")],
      },
      {
        guard: not("wasAlive"),
        actions: ["recordAlive", "noteAlive", "rememberAliveObserver", "clearStreaks"],
      },
      {
        guard: "answersAbsence",
        target: "#running",
        actions: ["rememberAliveObserver", "clearStreaks", ...says("running")],
      },
      { actions: ["rememberAliveObserver", "clearStreaks"] },
    ],
    "session.gone": [
      { guard: "completesStreak", actions: ["countGone", asksForEvidence] },
      { actions: ["countGone"] },
    ],
    "evidence.gathered": [
      { guard: not("streakReached") },
      {
        guard: and(["prDecides", findsPrThatIs("merged"), "prUrlUnknown"]),
        target: "#done",
        actions: [...branchPr, ...says("done")],
      },
      {
        guard: and(["prDecides", findsPrThatIs("merged")]),
        target: "#done",
        actions: [...says("done")],
      },
      {
        guard: and(["prDecides", findsPrThatIs("closed"), "prUrlUnknown"]),
        target: "#canceled",
        actions: [...branchPr, closesFoundPr, ...says("canceled")],
      },
      {
        guard: and(["prDecides", findsPrThatIs("closed")]),
        target: "#canceled",
        actions: [closesFoundPr, ...says("canceled")],
      },
      {
        guard: and(["prDecides", "prUrlUnknown"]),
        target: "#pr_open",
        actions: [...branchPr, ...says("pr_open")],
      },
      { guard: "prDecides", target: "#pr_open", actions: [...says("pr_open")] },
      { guard: "treeDirty", target: "#waiting", actions: [...says("waiting", "session_ended")] },
      { guard: and([not("wasAlive"), "insideGrace"]) },
      { guard: not("wasAlive"), target: "#unknown", actions: [...says("unknown", "never_alive")] },
      {
        guard: not("attested"),
        target: "#unknown",
        actions: [...says("unknown", "observer_unverified")],
      },
      { guard: "treeInvisible", target: "#unknown", actions: [...says("unknown", "session_lost")] },
      { guard: "exitsWhenDone", target: "#done", actions: [...says("done")] },
      { target: "#failed", actions: [...says("failed", "session_dead")] },
    ],
    "pane.captured": [
      {
        guard: "bringsPr",
        target: "#pr_open",
        actions: [...verifiedPr, "readPane", ...paneSays("pr_open")],
      },
      {
        guard: resolvedAs("busy"),
        target: "#running",
        actions: ["clearReading", ...paneSays("running")],
      },
      {
        guard: resolvedAs("idle"),
        target: "#waiting",
        actions: ["clearReading", ...paneSays("waiting")],
      },
      {
        guard: resolvedAs("retry"),
        target: "#rate_limited",
        actions: ["clearReading", ...paneSays("rate_limited")],
      },
      {
        guard: resolvedAs("gone"),
        target: "#unknown",
        actions: ["clearReading", ...paneSays("unknown", "session_lost")],
      },
      {
        guard: and([reads("gate"), "confirmed"]),
        target: "#waiting",
        actions: [
          "readPane",
          ...verdict<Pane>("waiting", (event) => ({ reason: gateReason(event), paneHash: event.paneHash })),
        ],
      },
      {
        guard: and([reads("exited"), "confirmed"]),
        target: "#unknown",
        actions: ["readPane", ...paneSays("unknown", "agent_exited")],
      },
      {
        guard: and([reads("completed"), "confirmed"]),
        target: "#done",
        actions: ["readPane", ...paneSays("done")],
      },
      {
        guard: and([reads("limited"), "confirmed"]),
        target: "#rate_limited",
        actions: ["readPane", ...paneSays("rate_limited")],
      },
      {
        guard: and([reads("failed"), "confirmed"]),
        target: "#failed",
        actions: ["readPane", ...paneSays("failed", "agent_failed")],
      },
      {
        guard: and([reads("prompt"), "confirmed"]),
        target: "#waiting",
        actions: ["readPane", ...paneSays("waiting")],
      },
      {
        guard: and(["readsNothing", "paneChanged"]),
        target: "#running",
        actions: ["clearReading", ...paneSays("running")],
      },
      // An unconfirmed reading masks everything lower and ends here, like a pane that says nothing new.
      { guard: not("paneKnown"), actions: [...takesBaseline] },
      { actions: [...remembersPane] },
    ],
    "feedback.delivered": { actions: ["clearReading"] },
    "user.stopped": { target: "#canceled", actions: [...says("canceled", null, "user")] },
    "launch.progressed": [
      { guard: launchReaches("queued"), target: "#queued", actions: [...says("queued")] },
      { guard: launchReaches("booting"), target: "#booting", actions: [...says("booting")] },
      { guard: launchReaches("running"), target: "#running", actions: [...says("running")] },
    ],
    "launch.failed": [
      {
        guard: "hasError",
        target: "#failed",
        actions: [
          {
            type: "recordError",
            params: ({ event }: RunScope<RunEventOf<"launch.failed">>) => ({ message: event.error ?? "" }),
          },
          ...launchFailed(),
        ],
      },
      { target: "#failed", actions: [...launchFailed()] },
    ],
    "status.asserted": everyStatus.map((status) => ({
      guard: asserts(status),
      target: `#${status}`,
      actions: [...asserted(status)],
    })),
  },
});

/** In a status that a pane's verdict would set again, the pane is only remembered. */
function keeps(guard: "keepsRunning" | "keepsWaiting" | "keepsRateLimited" | "keepsUnknown" | "keepsPrOpen") {
  return [
    { guard: and([guard, not("paneKnown")]), actions: [...takesBaseline] },
    { guard, actions: [...remembersPane] },
  ] as const;
}

/** Where nothing was seen yet, the first pane counts as changed. */
const firstPane = {
  guard: "paneAppears",
  target: "#running",
  actions: ["clearReading", ...paneSays("running")],
} as const;

/** A person answered: the run goes on, and what was read before says nothing any more. */
const resumes = {
  target: "#running",
  actions: ["clearReading", ...says("running", null, "user")],
} as const;

const queued = kit.createStateConfig({
  id: "queued",
  on: {
    "pane.captured": firstPane,
    "launch.progressed": { guard: launchReaches("queued") },
    "status.asserted": assertedAgain("queued"),
  },
});

const booting = kit.createStateConfig({
  id: "booting",
  on: {
    "pane.captured": firstPane,
    "launch.progressed": { guard: launchReaches("booting") },
    "status.asserted": assertedAgain("booting"),
  },
});

const running = kit.createStateConfig({
  id: "running",
  on: {
    "pane.captured": [...keeps("keepsRunning")],
    "launch.progressed": { guard: launchReaches("running") },
    "status.asserted": assertedAgain("running"),
  },
});

const waiting = kit.createStateConfig({
  id: "waiting",
  on: {
    "evidence.gathered": { guard: and(["leavesWork", reasonIs("session_ended")]) },
    "pane.captured": [...keeps("keepsWaiting")],
    "feedback.delivered": resumes,
    "status.asserted": assertedAgain("waiting"),
  },
});

const rateLimited = kit.createStateConfig({
  id: "rate_limited",
  on: {
    "pane.captured": [...keeps("keepsRateLimited")],
    "feedback.delivered": resumes,
    "status.asserted": assertedAgain("rate_limited"),
  },
});

const prOpen = kit.createStateConfig({
  id: "pr_open",
  on: {
    "evidence.gathered": [
      { guard: and(["concludesPrOpen", "prUrlUnknown", reasonIs(null)]), actions: [...branchPr] },
      { guard: and(["concludesPrOpen", reasonIs(null)]) },
    ],
    "pane.captured": [
      { guard: and(["bringsPr", reasonIs(null)]), actions: [...verifiedPr, ...remembersPane] },
      ...keeps("keepsPrOpen"),
    ],
    "feedback.delivered": resumes,
    "status.asserted": assertedAgain("pr_open"),
  },
});

const unknown = kit.createStateConfig({
  id: "unknown",
  on: {
    "evidence.gathered": [
      { guard: and(["concludesNeverAlive", reasonIs("never_alive")]) },
      { guard: and(["concludesUnverified", reasonIs("observer_unverified")]) },
      { guard: and(["concludesLost", reasonIs("session_lost")]) },
    ],
    "pane.captured": [...keeps("keepsUnknown")],
    "feedback.delivered": resumes,
    "status.asserted": assertedAgain("unknown"),
  },
});

/** Absorbs everything but a user's word; not `final`, because a user may reopen the run. */
const terminal = kit.createStateConfig({
  initial: "done",
  tags: ["terminal"],
  on: {
    "status.asserted": everyStatus.map((status) => ({
      guard: and([assertedBy("user"), asserts(status)]),
      target: `#${status}`,
      actions: [...asserted(status)],
    })),
  },
  states: {
    done: { id: "done", on: { "status.asserted": assertedAgain("done") } },
    failed: { id: "failed", on: { "status.asserted": assertedAgain("failed") } },
    canceled: { id: "canceled", on: { "status.asserted": assertedAgain("canceled") } },
  },
});

/** The chart of a run under a policy. The decision table is derived from it; nothing else decides a status. */
export function createRunMachine(policy: RunPolicy = defaultRunPolicy) {
  return runKit(policy).createMachine({
    id: "run",
    context: freshContext(),
    initial: "active",
    states: {
      active: {
        ...rows,
        initial: "queued",
        tags: ["active"],
        states: { queued, booting, running, waiting, rate_limited: rateLimited, pr_open: prOpen, unknown },
      },
      terminal,
    },
  });
}

/** The run lifecycle under the default policy. */
export const runMachine = createRunMachine();

/** Where an actor of the chart starts; the compiled machine takes whole records instead. */
function freshContext(): RunContext {
  const { status: _, ...view } = emptyView({ agent: "", branch: null, startedAt: null });
  return { ...view, ...initialCore };
}

/** The asserted pair; `unknown` and `failed` without a reason get one. */
function asserted(status: Status) {
  return verdict<RunEventOf<"status.asserted">>(status, (event) => ({
    reason: assertedReason(event),
    source: event.source,
  }));
}

/** The view has the asserted pair already. */
function assertedAgain(status: Status) {
  return { guard: and([asserts(status), "assertsSameReason"]) } as const;
}

function launchFailed() {
  return verdict<RunEventOf<"launch.failed">>("failed", ({ step }) => ({
    reason: `launch_${step ?? "bootstrap"}`,
  }));
}
