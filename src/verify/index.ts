/** The main job: plan, run, collect. Every law on its models, every mutant, and the agreement of the machines. */
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";

import { type Law, laws as allLaws } from "../../laws/index.js";
import type { Bounds } from "../../spec/kernel/index.js";
import { ModelError, type ModelFailure, type Progress } from "../checker/index.js";
import { collect } from "./collect.js";
import { type Task, plan, taskName } from "./plan.js";
import { type PoolEvents, runPool, takeTasks } from "./pool.js";
import type { VerifyReport } from "./result.js";
import { type TaskResult, runTask } from "./run-task.js";

export { type Judged, type JudgedMutant, withJudged } from "./judged.js";
export * from "./result.js";

/** What to verify, within which bounds, and how much may be spent on it. */
export interface VerifyOptions {
  readonly bounds: Bounds;
  /** Ids of the laws to check; all when absent. A RangeError names one that does not exist. */
  readonly laws?: readonly string[];
  /** Names of the systems to check on; all when absent. */
  readonly systems?: readonly string[];
  /** Threads. Defaults to the processors; 1 searches in this thread. */
  readonly jobs?: number;
  /** Ends everything after so many seconds with what is known. */
  readonly secondsMax?: number;
  /** Hears of the progress of tasks, often. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Ends with what is known; the report says `interrupted`. */
  readonly signal?: AbortSignal;
}

/** How far a verification is: tasks done of all, what runs now, and the search it runs. */
export interface VerifyProgress {
  readonly done: number;
  readonly total: number;
  readonly running: readonly string[];
  readonly distinctStates: number;
  readonly frontier: number;
  readonly statesPerSecond: number;
  readonly rssBytes: number;
  readonly seconds: number;
}

/** Threads beyond this only compete for memory: no plan has that many long searches. */
const jobsMax = 8;

const now = (): number => performance.now() / 1000;

/**
 * Checks laws on models and on their mutants, in worker threads. Rejects with a RangeError for an id that is no
 * law's.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const started = now();
  const laws = select(options.laws);
  const tasks = plan(laws, options.systems ?? null);
  const results: (TaskResult | undefined)[] = tasks.map(() => undefined);
  const jobs = Math.min(options.jobs ?? availableParallelism(), jobsMax);
  const board = progressBoard(tasks, started, options.onProgress);
  const flag = new SharedArrayBuffer(4);
  const stopFlag = new Int32Array(flag);
  const stop = (): void => void Atomics.store(stopFlag, 0, 1);
  const { secondsMax } = options;
  const isTimeUp = (): boolean => secondsMax !== undefined && now() - started >= secondsMax;
  const timer = secondsMax === undefined ? undefined : setTimeout(stop, secondsMax * 1000);
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener("abort", stop);
  const events = {
    progress: board.progress,
    result: (task: number, result: TaskResult): void => {
      results[task] = result;
      board.finished(task);
    },
  };
  if (options.bounds === "small") compileLess();
  try {
    const next = new SharedArrayBuffer(4);
    const { bounds } = options;
    const isStopped = (): boolean => Atomics.load(stopFlag, 0) === 1;
    const here = (to: PoolEvents): Promise<void> => runHere(takeTasks(tasks, next), laws, bounds, isStopped, to);
    // Source files have no compiled worker beside them: tests search in this thread.
    if (jobs === 1 || !import.meta.url.endsWith(".js")) await here(events);
    // Small tasks: this thread is at work before another one has started. Large ones want the memory of a worker.
    else if (bounds === "small") await runPool({ bounds, tasks, stop: flag, next }, jobs - 1, events, here);
    else await runPool({ bounds, tasks, stop: flag, next }, jobs, events, null);
  } catch (error) {
    // A search in this thread ends with its slice.
    stop();
    throw revived(error);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
  }
  const interrupted = options.signal?.aborted === true;
  const timeUp = !interrupted && isTimeUp() ? (secondsMax ?? null) : null;
  return collect({ laws, tasks, results, bounds: options.bounds, seconds: now() - started, jobs, interrupted, timeUp });
}

/**
 * Tells the engine, for the rest of the process, to optimise a function later. Small searches run many functions
 * for a short while: optimising them on other threads takes a third of all processor time and is never paid back.
 */
function compileLess(): void {
  setFlagsFromString("--interrupt-budget=500000");
}

function select(ids: readonly string[] | undefined): readonly Law[] {
  if (ids === undefined) return allLaws;
  for (const id of ids) {
    if (!allLaws.some((law) => law.id === id)) {
      throw new RangeError(`no law ${id}; known are ${allLaws.map((law) => law.id).join(", ")}`);
    }
  }
  return allLaws.filter(({ id }) => ids.includes(id));
}

async function runHere(
  tasks: Iterable<readonly [number, Task]>,
  laws: readonly Law[],
  bounds: Bounds,
  stop: () => boolean,
  events: PoolEvents,
): Promise<void> {
  if (stop()) return;
  for (const [index, task] of tasks) {
    const slice = async (progress: Progress): Promise<void> => {
      events.progress(index, progress);
      await new Promise((resolve) => setImmediate(resolve));
    };
    events.result(index, await runTask(task, { laws, bounds, stop, slice, now }));
    if (stop()) return;
  }
}

interface Board {
  progress(task: number, progress: Progress): void;
  finished(task: number): void;
}

function progressBoard(tasks: readonly Task[], started: number, show: VerifyOptions["onProgress"]): Board {
  const running = new Map<number, Progress>();
  let done = 0;
  let finishedStates = 0;
  const report = (): void => {
    if (show === undefined) return;
    const current = [...running.values()];
    const seconds = now() - started;
    const distinctStates = finishedStates + current.reduce((sum, one) => sum + one.distinctStates, 0);
    show({
      done,
      total: tasks.length,
      running: [...running.keys()].map((index) => taskName(tasks[index] as Task)),
      distinctStates,
      frontier: current.reduce((sum, one) => sum + one.frontier, 0),
      statesPerSecond: seconds > 0 ? Math.round(distinctStates / seconds) : 0,
      rssBytes: process.memoryUsage.rss(),
      seconds,
    });
  };
  return {
    progress: (task, progress) => {
      running.set(task, progress);
      report();
    },
    finished: (task) => {
      finishedStates += running.get(task)?.distinctStates ?? 0;
      running.delete(task);
      done += 1;
      report();
    },
  };
}

/** An error from a thread arrives as plain data; a broken model is a ModelError again. */
function revived(error: unknown): unknown {
  if (error instanceof Error || typeof error !== "object" || error === null) return error;
  const { name, message, failure, stack } = error as { name: string; message: string; failure?: unknown; stack?: string };
  const again = name === "ModelError" ? new ModelError(failure as ModelFailure) : new Error(message);
  again.message = message;
  if (stack !== undefined) again.stack = stack;
  return again;
}
