/** Runs tasks on worker threads, in the order of the plan; results come back by task, whatever finished first. */
import { Worker } from "node:worker_threads";

import type { Bounds } from "../../spec/kernel/index.js";
import type { Progress } from "../checker/index.js";
import type { Task } from "./plan.js";
import type { TaskResult } from "./run-task.js";

/** Searches make many short-lived objects: with the default of 16 MB a sixth of the time goes into collecting them. */
const youngMbMax = 128;

/** To a worker. `stop` is shared memory: 1 asks every worker to end with what it knows. */
export interface WorkerInput {
  readonly bounds: Bounds;
  readonly stop: SharedArrayBuffer;
}

export type ToWorker = { readonly task: number; readonly definition: Task };

export type FromWorker =
  | { readonly type: "progress"; readonly task: number; readonly progress: Progress }
  | { readonly type: "result"; readonly task: number; readonly result: TaskResult }
  | { readonly type: "failure"; readonly task: number; readonly error: unknown };

export interface PoolEvents {
  progress(task: number, progress: Progress): void;
  result(task: number, result: TaskResult): void;
}

/** Resolves when every task has a result. Rejects with the first error of a task; all workers are ended then. */
export async function runPool(
  tasks: readonly Task[],
  jobs: number,
  input: WorkerInput,
  events: PoolEvents,
): Promise<void> {
  const workers: Worker[] = [];
  let next = 0;
  let done = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      if (tasks.length === 0) resolve();
      const hand = (worker: Worker): void => {
        const definition = tasks[next];
        if (definition === undefined) return;
        worker.postMessage({ task: next, definition } satisfies ToWorker);
        next += 1;
      };
      for (let index = 0; index < Math.min(jobs, tasks.length); index += 1) {
        const worker = new Worker(new URL("./worker.js", import.meta.url), {
          workerData: input,
          resourceLimits: { maxYoungGenerationSizeMb: youngMbMax },
        });
        workers.push(worker);
        worker.on("message", (message: FromWorker) => {
          if (message.type === "failure") {
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- plain data, see `revived`
            reject(message.error);
          } else if (message.type === "progress") {
            events.progress(message.task, message.progress);
          } else {
            events.result(message.task, message.result);
            done += 1;
            if (done === tasks.length) resolve();
            else hand(worker);
          }
        });
        worker.on("error", reject);
        hand(worker);
      }
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
