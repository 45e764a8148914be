/**
 * System `run-monitor`: one run and its world, seen by up to three observers and the channel
 * without identity.
 *
 * Injected: the session dies and comes back, the monitor restarts at any moment, any observer
 * reports a live session gone, evidence arrives late and more than once, its work tree as it was
 * when it was gathered, observers take turns, an agent's API says anything. Not injected: an
 * observer that says "alive" of a session that is gone, a pull request looked up before its
 * evidence is delivered, a failed append. A lost observation is a step that is not taken.
 */
import type { System } from "../kernel/index.js";
import { type Effect, type RunPolicy, defaultRunPolicy } from "../vocabulary/run.js";
import { actionsOf, evidenceObserver } from "./run-monitor-actions.js";
import { runMonitorConfigurations } from "./run-monitor-configurations.js";
import { observationsOf } from "./run-monitor-gatherer.js";
import { monitoredRun } from "./run-monitor-record.js";
import {
  type RunMonitorParameters,
  type RunMonitorState,
  type World,
  agentNames,
  initialViews,
  runMonitorParameters,
  schemaOf,
} from "./run-monitor-schema.js";
import { worldTable } from "./run-monitor-world.js";
import { type RunMonitorVariant, rightGatherer } from "./run-monitor-variant.js";

export * from "./run-monitor-schema.js";
export * from "./run-monitor-variant.js";
export * from "./run-monitor-words.js";
export { evidenceObserver };

/** The policy of the model. Times are units of age. */
function policyOf({ grace, observersMax }: RunMonitorParameters): RunPolicy {
  return {
    ...defaultRunPolicy,
    neverAliveGraceMs: grace,
    observersMax,
    agentsThatExitWhenDone: [agentNames[1]],
  };
}

const quietWorld: Omit<World, "grace"> = {
  session: "alive",
  tree: "clean",
  pr: "none",
  prOwner: "owned",
  evidenceOf: "none",
  evidenceTree: "clean",
  age: 0,
};

export const runMonitor: System<RunMonitorParameters, RunMonitorVariant, RunMonitorState, Effect> = {
  name: "run-monitor",
  title: "One run, its world, and the monitor that observes it",
  parameters: runMonitorParameters,
  configurations: runMonitorConfigurations,
  build: (parameters, variant = {}, options = {}) => {
    const run = monitoredRun({ ...policyOf(parameters), ...variant.policy }, variant, options);
    const observe = observationsOf(
      (event) => run.event(event),
      parameters,
      variant.gatherer ?? rightGatherer,
    );
    const worlds = worldTable();
    const quiet = worlds.intern({ ...quietWorld, grace: parameters.grace });
    return {
      name: "run-monitor",
      parameters,
      schema: schemaOf(parameters),
      initial: initialViews(parameters).map((view) => {
        const log = run.internView(view);
        return { run: run.fresh(log), log, world: quiet };
      }),
      actions: actionsOf({ parameters, run, observe, worlds, stopBeside: variant.stopBeside ?? false }),
      machines: [run.machine],
    };
  },
};
