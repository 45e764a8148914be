/** L9: a launch that fails says where it broke. */
import type { Status } from "../../spec/vocabulary/index.js";
import type { Breach, Law } from "../law.js";
import { type ActionInstance, type Effect, type State, inEach, isActive, pairOf } from "./monitor.js";
import { mutant } from "./mutants.js";

const reached: Readonly<Record<string, Status>> = {
  created: "queued",
  ready: "booting",
  workspaceOnly: "running",
  agentStarted: "running",
};

function failure({ log }: State, { args }: ActionInstance, effects: readonly Effect[]): Breach {
  const unnamed = args["step"] === "unnamed";
  const wanted = !isActive(log)
    ? []
    : unnamed
      ? ["failed(launch_bootstrap)"]
      : ["error", "failed(launch_agent)"];
  return compare(effects, wanted);
}

function milestone({ log }: State, { args }: ActionInstance, effects: readonly Effect[]): Breach {
  const target = reached[String(args["stage"])];
  const silent = !isActive(log) || target === undefined || log.status === target;
  return compare(effects, silent ? [] : [target]);
}

function compare(effects: readonly Effect[], wanted: readonly string[]): Breach {
  const found = effects.map(named);
  if (found.length === wanted.length && found.every((name, index) => name === wanted[index])) return null;
  return `the effects are [${found.join(", ")}], expected [${wanted.join(", ")}]`;
}

function named(effect: Effect): string {
  if (effect.type === "setStatus") return pairOf(effect);
  return effect.type === "recordError" ? "error" : effect.type;
}

export const launchReason: Law = {
  id: "L9",
  title: "launch reason",
  subject: "run",
  statement:
    "A launch failure records its error first and carries `launch_<step>`; milestones already " +
    "reached or on a terminal run are silent.",
  formal:
    "launch.failed(step, e) ⇒ effects = [recordError(e)?, failed(launch_step)]; reached(m) ⇒ effects = ∅",
  why:
    "Launches failed without a word in one of four launchers: the error was appended after the " +
    "status, the append failed, and nobody looked. The person who reads `failed` needs to know " +
    "which step to look at.",
  checks: inEach(["panes"], {
    kind: "step",
    actions: ["launch", "launchFailed"],
    breach: (before, action, _, effects) =>
      action.name === "launch" ? milestone(before, action, effects) : failure(before, action, effects),
    witness: (_, action, __, effects) => action.name === "launchFailed" && effects.length > 1,
  }),
  mutants: [
    mutant("error after status", "the effects of one observation are passed on last first", "panes", {
      effects: (effects) => [...effects].reverse(),
    }),
    mutant("error dropped", "the error of a launch is not recorded", "panes", {
      effects: (effects) => effects.filter((effect) => effect.type !== "recordError"),
    }),
  ],
};
