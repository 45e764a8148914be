/**
 * A running host of runs as a state of the system `run-host`: what its log and its listeners show, and the commands
 * of the model performed on it. Between two commands nobody is deciding, and no lock is held.
 */
import { isDeepStrictEqual } from "node:util";

import type { RunHostState } from "../../spec/systems/run-host.js";
import { committers, idle } from "../../spec/systems/run-host-state.js";
import { type Observation, type RunCommitted, type Status, isTerminal } from "../../spec/vocabulary/index.js";
import type { RecordedEvents, RunHostUnderTest, RunProcess } from "./run-adapter.js";

export const runNames = ["run-0", "run-1"] as const;

export type RunCommand =
  | { readonly does: "commit"; readonly by: number; readonly run: number; readonly verdict: Status }
  | { readonly does: "commit fails"; readonly by: number; readonly run: number; readonly verdict: Status; readonly at: "write" | "read" }
  | { readonly does: "both commit"; readonly run: number; readonly verdicts: readonly [Status, Status] }
  | { readonly does: "tick" }
  | { readonly does: "crash"; readonly by: number };

export function commandText(command: RunCommand): string {
  switch (command.does) {
    case "commit":
      return `${committers[command.by] ?? ""} commits ${command.verdict} to run ${command.run}`;
    case "commit fails":
      return `${committers[command.by] ?? ""} commits ${command.verdict} to run ${command.run}, and the ${command.at} fails`;
    case "both commit":
      return `both commit to run ${command.run} at once: ${command.verdicts.join(", ")}`;
    case "tick":
      return "the monitor looks at every run and sees none";
    case "crash":
      return `${committers[command.by] ?? ""} is killed`;
  }
}

export class RunSubject {
  readonly #host: RunHostUnderTest;
  readonly #processes: RunProcess[] = [];
  /** Calls of listeners whose process has ended. */
  readonly #before = new Map<string, number>();
  #asked: readonly string[] = [];

  constructor(host: RunHostUnderTest) {
    this.#host = host;
  }

  async begin(): Promise<RunHostState> {
    for (const name of committers) this.#processes.push(await this.#host.process(name));
    for (const run of runNames) await this.#process(0).create(run);
    return this.look();
  }

  /** Which commands can be performed. */
  get can(): { readonly fail: boolean; readonly tick: boolean } {
    return { fail: this.#host.failNext !== undefined, tick: this.#process(0).blindTick !== undefined };
  }

  async perform(command: RunCommand): Promise<void> {
    switch (command.does) {
      case "commit":
        return this.#assert(command.by, command.run, command.verdict);
      case "commit fails":
        this.#host.failNext?.(command.at);
        return this.#assert(command.by, command.run, command.verdict);
      case "both commit":
        await Promise.all(command.verdicts.map((verdict, by) => this.#assert(by, command.run, verdict)));
        return;
      case "tick":
        this.#asked = (await this.#process(0).blindTick?.()) ?? [];
        return;
      case "crash":
        for (const { run } of await this.#process(command.by).heard()) {
          this.#before.set(run, (this.#before.get(run) ?? 0) + 1);
        }
        await this.#process(command.by).end();
        this.#processes[command.by] = await this.#host.process(committers[command.by] ?? "");
    }
  }

  /** The log and what was heard of it, with a tick that looked at `due`. */
  async look(due: readonly boolean[] = runNames.map(() => false)): Promise<RunHostState> {
    const commits = await this.commits();
    const heard = (await Promise.all(this.#processes.map((one) => one.heard()))).flat();
    const runs = await Promise.all(
      runNames.map(async (name) => {
        const own = commits.filter(({ run }) => run === name);
        const changes = own.filter(({ effects }) => effects.some(({ type }) => type === "setStatus")).length;
        const calls = heard.filter(({ run }) => run === name).length + (this.#before.get(name) ?? 0);
        const { status } = await this.#process(0).status(name);
        return { status, artifacts: own.length, changes, calls, lost: 0 };
      }),
    );
    const asked = runNames.map((name, run) => due[run] === true && this.#asked.includes(name));
    return { runs, committers: committers.map(() => idle), lock: null, tick: { open: false, due, asked } };
  }

  async commits(): Promise<readonly RunCommitted[]> {
    const records = await this.records();
    return records.flatMap(({ events }) =>
      events.flatMap(({ type, data }) => (type === "run.committed" ? [data as RunCommitted] : [])),
    );
  }

  records(): Promise<readonly RecordedEvents[]> {
    return this.#host.records();
  }

  /** One observation by the monitor. */
  observe(run: string, observation: Observation): Promise<void> {
    return this.#process(0).observe(run, observation);
  }

  statusOf(run: string): ReturnType<RunProcess["status"]> {
    return this.#process(0).status(run);
  }

  now(): number {
    return this.#host.now();
  }

  advance(ms: number): Promise<void> {
    return this.#host.advance(ms);
  }

  async close(): Promise<void> {
    for (const process of this.#processes) await process.end();
    await this.#host.close();
  }

  async #assert(by: number, run: number, status: Status): Promise<void> {
    const source = by === 0 ? "daemon" : "user";
    const observation = { type: "status.asserted", status, source } as const;
    try {
      await this.#process(by).observe(runNames[run] ?? "", observation);
    } catch {
      // Refused, or not recorded: what is in the log tells.
    }
  }

  #process(by: number): RunProcess {
    const process = this.#processes[by];
    if (process === undefined) throw new RangeError(`no process ${by}`);
    return process;
  }
}

/** What the model makes of a command, as the names and arguments of its actions; several ways when it is free. */
export function pathsOf(command: RunCommand, state: RunHostState): readonly Path[] {
  switch (command.does) {
    case "commit":
      return [commitPath(command.by, command.run, command.verdict)];
    case "commit fails": {
      const { by, run, verdict, at } = command;
      const begins = commitPath(by, run, verdict).slice(0, -2);
      const fails = { name: at === "read" ? "readFails" : "appendFails", args: { by } };
      // Whether a failing call is reached depends on how much the host has to write and to read.
      return [[...begins, fails], commitPath(by, run, verdict)];
    }
    case "both commit": {
      const [one, other] = command.verdicts;
      const [first, second] = [commitPath(0, command.run, one), commitPath(1, command.run, other)];
      return [
        [...first, ...second],
        [...second, ...first],
      ];
    }
    case "tick": {
      const blind = state.runs.flatMap(({ status }, run) => (isTerminal(status) ? [] : [{ name: "visitBlind", args: { run } }]));
      return [[{ name: "startTick", args: {} }, ...blind, endTick]];
    }
    case "crash":
      return [[]];
  }
}

export type Path = readonly { readonly name: string; readonly args: Readonly<Record<string, string | number>> }[];

const endTick = { name: "endTick", args: {} } as const;

/** The monitor commits in the middle of a tick. */
function commitPath(by: number, run: number, verdict: Status): Path {
  const begins = by === 0 ? { name: "visit", args: { run, verdict } } : { name: "request", args: { run, verdict } };
  return [begins, { name: "append", args: { by } }, { name: "fire", args: { by } }];
}

/** Equal in what the log and the listeners show. */
export function sameRuns(one: RunHostState, other: RunHostState): boolean {
  return isDeepStrictEqual(one.runs, other.runs);
}
