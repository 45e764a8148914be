/**
 * One observation of a run: what the host shows and what it recorded has to be what the run machine makes of it, from
 * the view and the memory that the host had before. What was not answered is in the log whole, or not at all.
 */
import { isDeepStrictEqual } from "node:util";

import { type RunsState, decideOn, foldEffects, isDurable, runEvent, runsFold } from "../../spec/run/index.js";
import type { Observation, RunCommitted, RunCore, RunView } from "../../spec/vocabulary/index.js";
import type { RecordedEvents } from "./run-adapter.js";

/** An observation, and what was there before and after it. */
export interface Observed {
  readonly observation: Observation;
  readonly answered: boolean;
  /** What the process remembered of the run. */
  readonly core: RunCore;
  readonly before: RunView;
  readonly after: RunView;
  /** What it recorded. */
  readonly commits: readonly RunCommitted[];
  readonly shown: Pick<RunView, "status" | "reason">;
  readonly now: number;
}

/** What the process remembers now, or what is wrong. */
export type Refined = { readonly core: RunCore } | { readonly expected: string; readonly seen: string };

export function refineObservation(observed: Observed): Refined {
  const { commits, core, before, after, answered, shown } = observed;
  const made = decided(observed);
  const [first] = commits;
  if (commits.length > 1) return { expected: "one commit at most", seen: `${commits.length} commits` };
  if (first !== undefined && !isDeepStrictEqual(first.core, core)) {
    return { expected: `decided with the memory ${JSON.stringify(core)}`, seen: JSON.stringify(first.core) };
  }
  const silent = !answered && first === undefined;
  const effects = silent ? [] : made.effects;
  if (!isDeepStrictEqual(first?.effects ?? [], effects)) {
    return { expected: `recorded ${JSON.stringify(effects)}`, seen: JSON.stringify(first?.effects ?? []) };
  }
  const view = silent ? before : made.view;
  if (!isDeepStrictEqual(after, view)) return { expected: JSON.stringify(view), seen: JSON.stringify(after) };
  const { status, reason } = after;
  if (shown.status !== status || shown.reason !== reason) {
    return { expected: `it is shown as ${JSON.stringify({ status, reason })}`, seen: JSON.stringify(shown) };
  }
  // What could not be recorded is not remembered.
  return { core: answered ? made.core : core };
}

/** The event is the recorded one where there is one: its time is the host's. */
function decided({ before, core, observation, commits, now }: Observed) {
  const event = commits[0]?.event ?? runEvent(observation, now);
  const decision = decideOn(before, core, event);
  const effects = decision.effects.filter(isDurable);
  return { view: foldEffects(before, effects), core: decision.core, effects };
}

/** The fold of the log as it was recorded, by the fold that defines it; null: there is no such run. */
export function viewOf(records: readonly RecordedEvents[], run: string): RunView | null {
  const state = records.reduce<RunsState>(
    (all, { events, place }) => events.reduce((now, event) => runsFold.apply(now, event, place), all),
    runsFold.initial(),
  );
  return state.runs.get(run)?.view ?? null;
}
