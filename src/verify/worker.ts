/** A thread of the pool: takes tasks until none is left, sends progress and results. */
import { parentPort, workerData } from "node:worker_threads";

import { laws } from "../../laws/index.js";
import { type FromWorker, type WorkerInput, takeTasks } from "./pool.js";
import type { Task } from "./plan.js";
import { runTask } from "./run-task.js";

const { bounds, tasks, stop, next } = workerData as WorkerInput;
const stopFlag = new Int32Array(stop);
/** Seconds between two progress messages. */
const progressEvery = 0.1;

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}

const now = (): number => performance.now() / 1000;

async function work(task: number, definition: Task): Promise<void> {
  let reported = 0;
  const result = await runTask(definition, {
    laws,
    bounds,
    stop: () => Atomics.load(stopFlag, 0) === 1,
    slice: (progress) => {
      if (now() - reported < progressEvery) return;
      reported = now();
      send({ type: "progress", task, progress });
    },
    now,
  });
  send({ type: "result", task, result });
}

for (const [task, definition] of takeTasks(tasks, next)) {
  try {
    await work(task, definition);
  } catch (error) {
    send({ type: "failure", task, error: portable(error) });
  }
}

/** Error classes do not survive the way between threads; name, failure and message do. */
function portable(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const failure = (error as { failure?: unknown }).failure;
  return { name: error.name, message: error.message, stack: error.stack, failure };
}
