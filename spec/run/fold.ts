/**
 * The fold of a run's log: effect by effect, what the log says about the run.
 *
 * Written without the machine: it reads effects only, so that law L7f can compare the two.
 */
import { unreachable } from "../kernel/unreachable.js";
import type { Effect, RunView } from "../vocabulary/run.js";

/** The view after one more effect is in the log. */
export function foldEffect(view: RunView, effect: Effect): RunView {
  switch (effect.type) {
    case "setStatus": {
      const { status, reason, paneHash } = effect;
      return { ...view, status, reason, paneHash };
    }
    case "recordAlive":
      return { ...view, wasAlive: true };
    case "recordBaseline":
      return { ...view, paneHash: effect.paneHash };
    case "recordPr":
      return { ...view, prUrl: view.prUrl ?? effect.url, prRecorded: true };
    case "recordPrClosed":
    case "recordError":
    case "gatherEvidence":
      return view;
    default:
      return unreachable(effect);
  }
}

/** The view after a list of effects, in order. */
export function foldEffects(view: RunView, effects: readonly Effect[]): RunView {
  return effects.reduce(foldEffect, view);
}
