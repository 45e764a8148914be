/**
 * A running host of runs, and what it shows between two commands: its log, what its listeners heard, and which runs a
 * tick looked at. The commands of a script are performed on it; what came of each is told as it was.
 */
import type { RunHostState } from "../../spec/systems/run-host.js";
import { type Committer, committers, idle } from "../../spec/systems/run-host-state.js";
import type { RunCommitted, Status } from "../../spec/vocabulary/index.js";
import { ArmedFaults } from "./fault-commands.js";
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

/** Calls of listeners: `by run` to how many. */
export type Calls = Readonly<Record<string, number>>;

export class RunSubject {
  readonly #host: RunHostUnderTest;
  readonly #processes: RunProcess[] = [];
  /** Calls of listeners whose process has ended. */
  readonly #before = new Map<string, number>();
  readonly #faults: ArmedFaults;
  /** A monitor that another one has taken over from; null: none. */
  #late: RunProcess | null = null;
  /** The monitor has a token, and what is taken over from it is refused. */
  #tookOver = false;

  constructor(host: RunHostUnderTest) {
    this.#host = host;
    this.#faults = new ArmedFaults(host, (by) => this.#process(by));
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
      case "dies at call":
      case "power cut":
        return this.#faults.can(command);
      case "tick":
        return this.#process(0).blindTick !== undefined;
      case "supersede":
        return this.#process(0).takeOver !== undefined;
      case "late commit":
        return this.#late !== null;
      default:
        return true;
    }
  }

  /** Faults wait for the next command that calls the host, and are called off after it. */
  async perform(command: RunCommand): Promise<Performed> {
    if (command.does === "calls fail" || command.does === "dies at call") {
      this.#faults.arm(command);
      return untroubled;
    }
    if (command.does === "crash") {
      // A host that is started again is not what faults are for: they wait for what it does.
      await this.#replace(command.by);
      return untroubled;
    }
    if (command.does === "supersede") {
      await this.#supersede();
      return untroubled;
    }
    const { answer: asked, error, fails, died } = await this.#faults.during(() => this.#act(command));
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
    await this.#late?.end();
    await this.#host.close();
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
      case "late commit": {
        const { verdict: status } = command;
        const observed = this.#late?.observe(committedRuns[command.run] ?? "", { type: "status.asserted", status, source: "daemon" });
        // It is to be refused, or to decide nothing; what the log says tells whether it was.
        await observed?.catch(() => undefined);
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
    this.#faults.forget();
    for (const [by] of committers.entries()) await this.#remember(by);
    await this.#host.powerCut?.(pick);
    this.#late = null;
    this.#tookOver = false;
    for (const [by, name] of committers.entries()) this.#processes[by] = await this.#host.process(name);
  }

  async #replace(by: number): Promise<void> {
    await this.#remember(by);
    await this.#process(by).end();
    this.#processes[by] = await this.#host.process(committers[by] ?? "");
    if (by === 0) this.#tookOver = false;
  }

  /** The monitor stays as it is; another process monitors from now on. */
  async #supersede(): Promise<void> {
    await this.#remember(0);
    await this.#late?.end();
    if (!this.#tookOver) await takenOver(this.#process(0));
    this.#late = this.#process(0);
    const next = await this.#host.process(committers[0]);
    this.#processes[0] = next;
    this.#tookOver = true;
    await takenOver(next);
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

/** Calls of `takeOver` that may fail for what happened before: who hears that a sync failed cannot know what is durable. */
const takeOversMax = 3;

async function takenOver(process: RunProcess): Promise<void> {
  for (let left = takeOversMax - 1; ; left -= 1) {
    try {
      await process.takeOver?.();
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
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
