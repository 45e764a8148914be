/** What a script does to a host of runs, as data: what is written in a script file is what is performed. */
import { z } from "zod";

import { observation } from "../../spec/vocabulary/index.js";
import type { RunHostState } from "../../spec/systems/run-host.js";
import { committers } from "../../spec/systems/run-host-state.js";
import { type Status, isTerminal } from "../../spec/vocabulary/index.js";
import { faultCommands, faultText, processNumber as by } from "./fault-commands.js";
import { observationKinds } from "./observations.js";

/** Runs of the system `run-host`: there from the beginning, and committed to. */
export const committedRuns = ["run-0", "run-1"] as const;
/** Runs that are created and observed by scripts. */
export const observedRuns = ["run-2", "run-3"] as const;

const run = z.int().min(0).max(committedRuns.length - 1);
const verdict = z.enum(["running", "done", "canceled"]);
const observed = z.int().min(0).max(observedRuns.length - 1);

/** One step of a script. Faults are armed for the next call, and called off after it. */
export const runCommand = z.discriminatedUnion("does", [
  z.strictObject({ does: z.literal("create"), run: observed }),
  z.strictObject({ does: z.literal("observe"), by, run: observed, observation }),
  z.strictObject({ does: z.literal("commit"), by, run, verdict }),
  z.strictObject({ does: z.literal("both commit"), run, verdicts: z.tuple([verdict, verdict]) }),
  z.strictObject({ does: z.literal("tick") }),
  z.strictObject({ does: z.literal("advance"), ms: z.int().min(0) }),
  z.strictObject({ does: z.literal("crash"), by }),
  z.strictObject({ does: z.literal("supersede") }),
  z.strictObject({ does: z.literal("late commit"), run, verdict }),
  ...faultCommands,
]);
/** A parsed step. */
export type RunCommand = z.infer<typeof runCommand>;

const nameOf = (one: number): string => committers[one] ?? "nobody";

/** A step in words. */
export function commandText(command: RunCommand): string {
  switch (command.does) {
    case "create":
      return `${observedRuns[command.run] ?? "a run"} is created`;
    case "observe":
      return `${nameOf(command.by)} observes of ${observedRuns[command.run] ?? "a run"}: ${JSON.stringify(command.observation)}`;
    case "commit":
      return `${nameOf(command.by)} commits ${command.verdict} to run ${command.run}`;
    case "both commit":
      return `both commit to run ${command.run} at once: ${command.verdicts.join(", ")}`;
    case "tick":
      return "the monitor looks at every run and sees none";
    case "advance":
      return `${command.ms} ms pass`;
    case "crash":
      return `${nameOf(command.by)} is killed and started again`;
    case "supersede":
      return "the monitor is suspended, and another one takes over";
    case "late commit":
      return `the monitor that was superseded commits ${command.verdict} to run ${command.run}`;
    default:
      return faultText(command, "by" in command ? nameOf(command.by) : "");
  }
}

type Digit = (place: number, base: number) => number;
const digitsOf = (pick: number): Digit => (place, base) => Math.floor(pick / place) % base;

/** Steps of commits from a number: the same number is the same steps. */
export function commandsOf(pick: number): readonly RunCommand[] {
  const digit = digitsOf(pick);
  const commit = commitOf(digit);
  const kind = digit(8, 15);
  if (kind < 5) return [commit];
  if (kind < 7) return [{ does: "calls fail", what: digit(80, 2) === 0 ? "write" : "read", calls: 1 }, commit];
  if (kind === 7) {
    const { run: which } = commit;
    return [{ does: "both commit", run: which, verdicts: [digit(80, 2) === 0 ? "running" : "done", "canceled"] }];
  }
  if (kind === 8) return [{ does: "tick" }];
  if (kind === 9) return [{ does: "crash", by: commit.by }];
  if (kind === 10) return [{ does: "calls fail", what: "sync", calls: 1 + digit(80, 3) }, commit];
  if (kind === 11) return [{ does: "dies at call", by: commit.by, call: 1 + digit(80, 40) }, commit];
  if (kind === 12) return [{ does: "power cut", pick: digit(80, 1_000) }];
  const late: RunCommand = { does: "late commit", run: commit.run, verdict: digit(80, 2) === 0 ? "running" : "done" };
  return kind === 13 ? [{ does: "supersede" }, late] : [late];
}

function commitOf(digit: Digit): Extract<RunCommand, { readonly does: "commit" }> {
  const who = digit(1, 2);
  const verdicts = who === 0 ? (["running", "done"] as const) : (["canceled", "running"] as const);
  return { does: "commit", by: who, run: digit(2, 2), verdict: verdicts[digit(4, 2)] ?? "running" };
}

const observe = (one: z.infer<typeof observation>): RunCommand => ({ does: "observe", by: 0, run: 0, observation: one });

/** Each kind of observation, three times, on a run that a person raises again whenever it has ended. */
export const everyObservation: readonly RunCommand[] = [
  { does: "create", run: 0 },
  ...observationKinds.flatMap((one) => {
    const raised = observe({ type: "status.asserted", status: "running", source: "user" });
    return [raised, observe(one), observe(one), observe(one)];
  }),
];

/** Steps of observations from numbers. The first ones begin a run, so that the later ones have something to say. */
export function observationsOf(picks: readonly number[]): readonly RunCommand[] {
  let last: RunCommand | null = null;
  const steps = picks.map((pick, place): RunCommand => {
    const kind = pick % 20;
    if (kind === 0) return { does: "crash", by: 0 };
    if (kind === 1) return { does: "advance", ms: 120_000 };
    if (kind < 7 && last !== null) return last;
    const index = place < 3 ? pick % 6 : Math.floor(pick / 20) % observationKinds.length;
    last = observe(observationKinds[index] ?? { type: "feedback.delivered" });
    return last;
  });
  return [{ does: "create", run: 0 }, ...steps];
}

export type Path = readonly { readonly name: string; readonly args: Readonly<Record<string, string | number>> }[];

/** What may have gone wrong within a command. */
export interface Faults {
  /** Calls of the disk failed. */
  readonly fails: boolean;
  /** Who died in the middle of it. */
  readonly died: number | null;
}

/** Whose processes call the host in it. */
export function callersOf(command: RunCommand): readonly number[] {
  if (command.does === "both commit") return [0, 1];
  return [command.does === "commit" || command.does === "observe" ? command.by : 0];
}

/** Whose process ends with the command, as far as its listeners and its memory go; null: nobody's. */
export function endsIn(command: RunCommand, died: number | null): number | null {
  if (command.does === "crash") return command.by;
  return command.does === "supersede" ? 0 : died;
}

/** What the model makes of a command, as the names and arguments of its actions; several ways when it is free. */
export function pathsOf(command: RunCommand, state: RunHostState, faults: Faults): readonly Path[] {
  switch (command.does) {
    case "commit":
      return commitPaths(command.by, command.run, command.verdict, faults);
    case "both commit": {
      const [one, other] = command.verdicts;
      const firsts = commitPaths(0, command.run, one, faults);
      const seconds = commitPaths(1, command.run, other, faults);
      return firsts.flatMap((first) => seconds.flatMap((second) => [[...first, ...second], [...second, ...first]]));
    }
    case "tick": {
      if (faults.fails || faults.died === 0) return [[]];
      const blind = state.runs.flatMap(({ status }, which) =>
        isTerminal(status) ? [] : [{ name: "visitBlind", args: { run: which } }],
      );
      return [[{ name: "startTick", args: {} }, ...blind, { name: "endTick", args: {} }]];
    }
    default:
      return [[]];
  }
}

/** The monitor commits in the middle of a tick. Whether a failing call is reached depends on how much the host does. */
function commitPaths(who: number, which: number, status: Status, { fails, died }: Faults): readonly Path[] {
  const begins = { name: who === 0 ? "visit" : "request", args: { run: which, verdict: status } };
  const does = (name: string): Path[number] => ({ name, args: { by: who } });
  const [append, fire] = [does("append"), does("fire")];
  const whole: Path = [begins, append, fire];
  if (died === who) {
    return [[], [begins, does("crash")], [begins, append, does("crash")], whole];
  }
  if (!fails) return [whole];
  // Written, and nobody knows: the call is owed until the log was read again.
  return [[begins, does("readFails")], [begins, does("appendFails")], [begins, append], whole];
}
