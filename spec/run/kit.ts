/**
 * The parts the run machine is built from: types, guards, actions, by the names the chart uses.
 *
 * Guards that only combine others are named here, in the chart's own words. Effects are actions that do
 * nothing: the compiled machine returns them as data.
 */
import { and, assign, not, or, setup } from "xstate";

import type { Effect } from "../vocabulary/run.js";
import { type RunPolicy, defaultRunPolicy } from "../vocabulary/run.js";
import type { RunContext, RunEvent } from "./event.js";
import { runGuards } from "./guards.js";
import { findsPrThatIs, reads, reasonIs, resolvedAs } from "./references.js";
import { runUpdates } from "./updates.js";

type Params<T extends Effect["type"]> = Omit<Extract<Effect, { readonly type: T }>, "type">;

/** An effect is not executed here. */
function effect<T extends Effect["type"]>(_type: T): (scope: unknown, params: Params<T>) => void {
  return () => undefined;
}

/** The single decisions, the effects, the updates. */
function singles(policy: RunPolicy) {
  const updates = runUpdates(policy);
  return setup({
    types: { context: {} as RunContext, events: {} as RunEvent, tags: {} as "active" | "terminal" },
    guards: runGuards(policy),
    actions: {
      setStatus: effect("setStatus"),
      recordAlive: () => undefined,
      recordBaseline: effect("recordBaseline"),
      recordPr: effect("recordPr"),
      recordPrClosed: effect("recordPrClosed"),
      recordError: effect("recordError"),
      gatherEvidence: effect("gatherEvidence"),
      noteVerdict: assign(updates.noteVerdict),
      noteAlive: assign(updates.noteAlive),
      notePr: assign(updates.notePr),
      noteBaseline: assign(updates.noteBaseline),
      rememberAliveObserver: assign(updates.rememberAliveObserver),
      clearStreaks: assign(updates.clearStreaks),
      countGone: assign(updates.countGone),
      readPane: assign(updates.readPane),
      clearReading: assign(updates.clearReading),
    },
  });
}

/** The conditions of the table that combine single decisions. */
function conditions(policy: RunPolicy) {
  return singles(policy).extend({
    guards: {
      /** pr.state: a PR found by the run's branch, and none known before. */
      discoversPr: and(["discoversUrl", "prUrlUnknown", "hasBranch"]),
      /** evidence.gathered: the run has a PR, so its PR decides. */
      prDecides: and(["hasBranch", "findsPr"]),
      /** evidence.gathered: standing, and neither a PR nor work left behind speaks for the run. */
      nothingLeft: and(["streakReached", not("prDecides"), not("treeDirty")]),
      /** pane.captured: the first PR whose head is the run's branch, checked by the gatherer (L12). */
      bringsPr: and(["carriesVerifiedPr", not("prRecorded"), "hasBranch"]),
      /** pane.captured: the pane was known and is another now. */
      paneChanged: and(["paneKnown", "paneDiffers"]),
      /** pane.captured: neither a reading nor an API's word. */
      readsNothing: and([not("resolved"), not("hasReading")]),
    },
  });
}

/** What evidence concludes, as far as a status needs to recognise its own verdict. */
function conclusions(policy: RunPolicy) {
  return conditions(policy).extend({
    guards: {
      /** evidence.gathered: the run's PR decides, and it is open as far as anybody knows. */
      concludesPrOpen: and(["streakReached", "prDecides", findsPrThatIs("open")]),
      /** evidence.gathered: no PR, but commits or changes: a person must look. */
      leavesWork: and(["streakReached", not("prDecides"), "treeDirty"]),
      /** evidence.gathered: the three verdicts of absence that are no more than `unknown`. */
      concludesNeverAlive: and(["nothingLeft", not("wasAlive"), not("insideGrace")]),
      concludesUnverified: and(["nothingLeft", "wasAlive", not("attested")]),
      concludesLost: and(["nothingLeft", "wasAlive", "attested", "treeInvisible"]),
    },
  });
}

export function runKit(policy: RunPolicy) {
  return conclusions(policy).extend({
    guards: {
      /** pane.captured: the pane's verdict is the pair a run in that state already has. */
      keepsRunning: and([
        or([resolvedAs("busy"), and(["readsNothing", "paneChanged"])]),
        reasonIs(null),
        not("bringsPr"),
      ]),
      keepsWaiting: and([
        or([
          and([resolvedAs("idle"), reasonIs(null)]),
          and([reads("gate"), "confirmed", "sameGate"]),
          and([reads("prompt"), "confirmed", reasonIs(null)]),
        ]),
        not("bringsPr"),
      ]),
      keepsRateLimited: and([
        or([resolvedAs("retry"), and([reads("limited"), "confirmed"])]),
        reasonIs(null),
        not("bringsPr"),
      ]),
      keepsUnknown: and([
        or([
          and([resolvedAs("gone"), reasonIs("session_lost")]),
          and([reads("exited"), "confirmed", reasonIs("agent_exited")]),
        ]),
        not("bringsPr"),
      ]),
      /** pane.captured in pr_open: a run is judged by its PR, only a confirmed gate leaves it. */
      keepsPrOpen: and([not(and([reads("gate"), "confirmed"])), not("bringsPr")]),
      /** pane.captured in queued and booting: a pane where none was known counts as changed. */
      paneAppears: and(["readsNothing", not("paneKnown"), not("bringsPr")]),
    },
  });
}

/** For the types of the chart's parts; the policy is taken when the machine is made. */
export const kit = runKit(defaultRunPolicy);
