/**
 * Observations of one run, committed one after another: after each, what the host shows and what it recorded has to
 * be what the run machine makes of the observation, from the view and the memory that the host had before.
 */
import { isDeepStrictEqual } from "node:util";

import { type RunsState, decideOn, foldEffects, initialCore, isDurable, runEvent, runsFold } from "../../spec/run/index.js";
import type { Observation, RunCommitted, RunCore, RunView } from "../../spec/vocabulary/index.js";
import type { ObservationStep } from "./observations.js";
import { type RunSubject, runNames } from "./run-subject.js";

/** What is wrong; null: nothing. `steps` grows by what was done. */
export async function refineObservations(
  subject: RunSubject,
  script: readonly ObservationStep[],
  steps: string[],
): Promise<string | null> {
  await subject.begin();
  const [run] = runNames;
  let core: RunCore = initialCore;
  let last: Observation | null = null;
  for (const step of script) {
    if (step.does === "restart") {
      steps.push("the monitor starts again");
      await subject.perform({ does: "crash", by: 0 });
      core = initialCore;
      continue;
    }
    if (step.does === "advance") {
      steps.push(`${step.ms} ms pass`);
      await subject.advance(step.ms);
      continue;
    }
    const observation: Observation | null = step.does === "again" ? last : step.observation;
    if (observation === null) continue;
    last = observation;
    steps.push(JSON.stringify(observation));
    const before = await viewOf(subject, run);
    const known = (await subject.commits()).length;
    await subject.observe(run, observation);
    const commits = (await subject.commits()).slice(known);
    const after = await viewOf(subject, run);
    const made = decided(before, core, observation, commits, subject.now());
    const wrong = remembers(core, commits) ?? differs(made, commits, after, await subject.statusOf(run));
    if (wrong !== null) return wrong;
    core = made.core;
  }
  return null;
}

interface Made {
  readonly view: RunView;
  readonly core: RunCore;
  readonly effects: readonly { readonly type: string }[];
}

/** The event is the recorded one where there is one: its time is the host's. */
function decided(
  view: RunView,
  core: RunCore,
  observation: Observation,
  commits: readonly RunCommitted[],
  now: number,
): Made {
  const event = commits[0]?.event ?? runEvent(observation, now);
  const decision = decideOn(view, core, event);
  const effects = decision.effects.filter(isDurable);
  return { view: foldEffects(view, effects), core: decision.core, effects };
}

/** What the host remembered when it decided is what the machine would have. */
function remembers(core: RunCore, commits: readonly RunCommitted[]): string | null {
  const [first] = commits;
  if (first === undefined || isDeepStrictEqual(first.core, core)) return null;
  return `it was decided with the memory ${JSON.stringify(first.core)}, expected ${JSON.stringify(core)}`;
}

function differs(
  made: Made,
  commits: readonly RunCommitted[],
  after: RunView,
  shown: Pick<RunView, "status" | "reason">,
): string | null {
  if (commits.length > 1) return `one observation made ${commits.length} commits`;
  const recorded = commits[0]?.effects ?? [];
  if (!isDeepStrictEqual(recorded, made.effects)) {
    return `recorded ${JSON.stringify(recorded)}, the machine decides ${JSON.stringify(made.effects)}`;
  }
  if (!isDeepStrictEqual(after, made.view)) return `the log says ${JSON.stringify(after)}, expected ${JSON.stringify(made.view)}`;
  const { status, reason } = after;
  if (shown.status === status && shown.reason === reason) return null;
  return `it is shown as ${JSON.stringify(shown)}, the log says ${JSON.stringify({ status, reason })}`;
}

/** The fold of the log as it was recorded, by the fold that defines it. */
async function viewOf(subject: RunSubject, run: string): Promise<RunView> {
  const state = (await subject.records()).reduce<RunsState>(
    (all, { events, place }) => events.reduce((now, event) => runsFold.apply(now, event, place), all),
    runsFold.initial(),
  );
  const found = state.runs.get(run);
  if (found === undefined) throw new RangeError(`the log has no run ${run}`);
  return found.view;
}
