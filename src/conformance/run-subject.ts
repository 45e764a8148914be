/**
 * A running host of runs, and what it shows between two commands: its log, what its listeners heard, and which runs a
 * tick looked at. The commands of a script are performed on it; what came of each is told as it was.
 */
import type { RunHostState } from "../../spec/systems/run-host.js";
import { type Committer, committers, idle } from "../../spec/systems/run-host-state.js";
import type { RunCommitted, Status } from "../../spec/vocabulary/index.js";
import type { RecordedEvents, RunHostUnderTest, RunProcess } from "./run-adapter.js";
import { type RunCommand, committedRuns, observedRuns } from "./run-commands.js";

/** What came of a command. */
export interface Performed {
  /** It was answered, and nothing was refused or failed. */
  readonly answered: boolean;
  /** Calls of the disk were to fail in it. */
  readonly fails: boolean;
  /** Who was killed in the middle of it. */
  readonly died: number | null;
  /** Null: nobody ticked. */
  readonly asked: readonly string[] | null;
  /** What went wrong, in the host's words. */
  readonly error: string | null;
}

const untroubled: Performed = { answered: true, fails: false, died: null, asked: null, error: null };

type Armed =
  | { readonly what: "write" | "read" | "sync"; readonly calls: number }
  | { readonly by: number; readonly call: number };

/** Calls of listeners: `by run` to how many. */
export type Calls = Readonly<Record<string, number>>;

export class RunSubject {
  readonly #host: RunHostUnderTest;
  readonly #processes: RunProcess[] = [];
  /** Calls of listeners whose process has ended. */
  readonly #before = new Map<string, number>();
  #armed: readonly Armed[] = [];

  constructor(host: RunHostUnderTest) {
    this.#host = host;
  }

  /** Both runs of the model are there. */
  async begin(): Promise<void> {
    for (const name of committers) this.#processes.push(await this.#host.process(name));
    for (const run of committedRuns) await this.#process(0).create(run);
  }

  /** Whether the host can be asked to do it. */
  can(command: RunCommand): boolean {
    switch (command.does) {
      case "calls fail":
        return this.#host.failNext !== undefined;
      case "tick":
        return this.#process(0).blindTick !== undefined;
      case "dies at call":
        return this.#process(command.by).dieAt !== undefined;
      case "power cut":
        return this.#host.powerCut !== undefined;
      default:
        return true;
    }
  }

  /** Faults wait for the next command that calls the host, and are called off after it. */
  async perform(command: RunCommand): Promise<Performed> {
    if (command.does === "calls fail" || command.does === "dies at call") {
      // One process dies at a time.
      const others = this.#armed.filter((one) => !("call" in one && "call" in command));
      this.#armed = [...others, command];
      return untroubled;
    }
    if (command.does === "crash") {
      // A host that is started again is not what faults are for: they wait for what it does.
      await this.#replace(command.by);
      return untroubled;
    }
    const deaths = this.#arm();
    let asked: readonly string[] | null = null;
    let error: string | null = null;
    try {
      asked = await this.#act(command);
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown);
    }
    const [died = null] = deaths.flatMap(({ by, dead }) => (dead() ? [by] : []));
    const fails = this.#armed.some((one) => "what" in one);
    for (const what of ["write", "read", "sync"] as const) this.#host.failNext?.(what, 0);
    this.#armed = [];
    if (died !== null) await this.#replace(died);
    return { answered: error === null, fails, died, asked, error };
  }

  records(): Promise<readonly RecordedEvents[]> {
    return this.#host.records();
  }

  /** How often the listeners of each process were called for each run, those of dead processes included. */
  async calls(): Promise<Calls> {
    const calls: Record<string, number> = Object.fromEntries(this.#before);
    for (const [by, process] of this.#processes.entries()) {
      for (const { run } of await process.heard()) calls[`${by} ${run}`] = (calls[`${by} ${run}`] ?? 0) + 1;
    }
    return calls;
  }

  statusOf(run: string): ReturnType<RunProcess["status"]> {
    return this.#process(0).status(run);
  }

  now(): number {
    return this.#host.now();
  }

  async close(): Promise<void> {
    for (const process of this.#processes) await process.end();
    await this.#host.close();
  }

  #arm(): readonly { readonly by: number; readonly dead: () => boolean }[] {
    return this.#armed.flatMap((one) => {
      if ("what" in one) {
        this.#host.failNext?.(one.what, one.calls);
        return [];
      }
      const dead = this.#process(one.by).dieAt?.(one.call);
      return dead === undefined ? [] : [{ by: one.by, dead }];
    });
  }

  async #act(command: RunCommand): Promise<readonly string[] | null> {
    switch (command.does) {
      case "create":
        await this.#process(0).create(observedRuns[command.run] ?? "");
        return null;
      case "observe":
        await this.#process(command.by).observe(observedRuns[command.run] ?? "", command.observation);
        return null;
      case "commit":
        await this.#assert(command.by, command.run, command.verdict);
        return null;
      case "both commit": {
        const both = await Promise.allSettled(command.verdicts.map((verdict, by) => this.#assert(by, command.run, verdict)));
        for (const one of both) if (one.status === "rejected") throw one.reason;
        return null;
      }
      case "tick":
        return (await this.#process(0).blindTick?.()) ?? [];
      case "advance":
        await this.#host.advance(command.ms);
        return null;
      default:
        return null;
    }
  }

  /** Everything that runs ends; then the host is started again. */
  async cutPower(pick: number): Promise<void> {
    this.#armed = [];
    for (const [by] of committers.entries()) await this.#remember(by);
    await this.#host.powerCut?.(pick);
    for (const [by, name] of committers.entries()) this.#processes[by] = await this.#host.process(name);
  }

  async #replace(by: number): Promise<void> {
    await this.#remember(by);
    await this.#process(by).end();
    this.#processes[by] = await this.#host.process(committers[by] ?? "");
  }

  async #remember(by: number): Promise<void> {
    for (const { run } of await this.#process(by).heard()) {
      this.#before.set(`${by} ${run}`, (this.#before.get(`${by} ${run}`) ?? 0) + 1);
    }
  }

  #assert(by: number, run: number, status: Status): Promise<void> {
    const source = by === 0 ? "daemon" : "user";
    return this.#process(by).observe(committedRuns[run] ?? "", { type: "status.asserted", status, source });
  }

  #process(by: number): RunProcess {
    const process = this.#processes[by];
    if (process === undefined) throw new RangeError(`no process ${by}`);
    return process;
  }
}

/** A call that a process owes, or owed when it died, for a change that it recorded. */
export interface Debt {
  readonly by: number;
  readonly run: number;
  readonly commit: string;
}

/** What is known of the two runs of the model beside their log. */
export interface Known {
  /** The status that everybody sees. */
  readonly shown: readonly Status[];
  readonly calls: Calls;
  /** Changes in the log whose call died with the process that owed it. */
  readonly lost: readonly Debt[];
  /** Changes in the log whose call a process still owes. */
  readonly owed: readonly Debt[];
}

/** The log, what was heard of it and what is still owed, as a state of the model. Between two commands nobody decides. */
export function abstractRuns(commits: readonly RunCommitted[], { shown, calls, lost, owed }: Known): RunHostState {
  const runs = committedRuns.map((name, index) => {
    const own = commits.filter(({ run }) => run === name);
    return {
      status: shown[index] ?? "queued",
      artifacts: own.length,
      changes: own.filter(({ effects }) => effects.some(({ type }) => type === "setStatus")).length,
      calls: committers.reduce((sum, _, by) => sum + (calls[`${by} ${name}`] ?? 0), 0),
      lost: lost.filter(({ run }) => run === index).length,
    };
  });
  const owing = owed.map(({ run }) => owingFor(run));
  const none = runs.map(() => false);
  return { runs, committers: [...committers.map(() => idle), ...owing], lock: null, tick: { open: false, due: none, asked: none } };
}

/** A committer that has recorded a change of the run and did not call yet. */
export function owingFor(run: number): Committer {
  return { phase: "owing", run, seen: null, verdict: null };
}
