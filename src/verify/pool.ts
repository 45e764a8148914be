/** Runs tasks on worker threads, in the order of the plan; results come back by task, whatever finished first. */
import { Worker } from "node:worker_threads";

import type { Bounds } from "../../spec/kernel/index.js";
import type { Progress } from "../checker/index.js";
import type { Task } from "./plan.js";
import type { TaskResult } from "./run-task.js";

/** Searches make many short-lived objects: with the default of 16 MB a sixth of the time goes into collecting them. */
const youngMbMax = 128;

/** To a worker. Shared memory: `stop` is 1 when all are to end with what they know, `next` is the first task nobody took. */
export interface WorkerInput {
  readonly bounds: Bounds;
  readonly tasks: readonly Task[];
  readonly stop: SharedArrayBuffer;
  readonly next: SharedArrayBuffer;
}

export type FromWorker =
  | { readonly type: "progress"; readonly task: number; readonly progress: Progress }
  | { readonly type: "result"; readonly task: number; readonly result: TaskResult }
  | { readonly type: "failure"; readonly task: number; readonly error: unknown };

export interface PoolEvents {
  progress(task: number, progress: Progress): void;
  result(task: number, result: TaskResult): void;
}

/** Tasks from the shared list that nobody took yet, in the order of the plan. Whoever takes one waits for nobody. */
export function* takeTasks(tasks: readonly Task[], next: SharedArrayBuffer): Generator<readonly [number, Task]> {
  const counter = new Int32Array(next);
  for (;;) {
    const place = Atomics.add(counter, 0, 1);
    const task = tasks[place];
    if (task === undefined) return;
    yield [place, task];
  }
}

/**
 * Resolves when every task has a result. Rejects with the first error of a task; all workers are ended then.
 * `here` takes tasks in this thread as well, beside `threads` workers.
 */
export async function runPool(
  input: WorkerInput,
  threads: number,
  events: PoolEvents,
  here: ((events: PoolEvents) => Promise<void>) | null,
): Promise<void> {
  const workers: Worker[] = [];
  const { tasks } = input;
  let done = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      if (tasks.length === 0) resolve();
      const finished: PoolEvents = {
        progress: events.progress,
        result: (task, result) => {
          events.result(task, result);
          done += 1;
          if (done === tasks.length) resolve();
        },
      };
      for (let index = 0; index < Math.min(threads, tasks.length); index += 1) {
        const worker = new Worker(new URL("./worker.js", import.meta.url), {
          workerData: input,
          resourceLimits: { maxYoungGenerationSizeMb: youngMbMax },
        });
        workers.push(worker);
        worker.on("message", (message: FromWorker) => {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- plain data, see `revived`
          if (message.type === "failure") reject(message.error);
          else if (message.type === "progress") finished.progress(message.task, message.progress);
          else finished.result(message.task, message.result);
        });
        worker.on("error", reject);
      }
      here?.(finished).catch(reject);
    });
  } finally {
    // Nobody takes another one.
    Atomics.store(new Int32Array(input.next), 0, tasks.length);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
