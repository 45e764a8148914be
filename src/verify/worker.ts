/** A thread of the pool: takes a task, runs it, sends progress and the result. */
import { parentPort, workerData } from "node:worker_threads";

import { laws } from "../../laws/index.js";
import type { FromWorker, ToWorker, WorkerInput } from "./pool.js";
import { runTask } from "./run-task.js";

const { bounds, stop } = workerData as WorkerInput;
const stopFlag = new Int32Array(stop);
/** Seconds between two progress messages. */
const progressEvery = 0.1;

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}

const now = (): number => performance.now() / 1000;

parentPort?.on("message", ({ task, definition }: ToWorker) => {
  let reported = 0;
  runTask(definition, {
    laws,
    bounds,
    stop: () => Atomics.load(stopFlag, 0) === 1,
    slice: (progress) => {
      if (now() - reported < progressEvery) return;
      reported = now();
      send({ type: "progress", task, progress });
    },
    now,
  }).then(
    (result) => send({ type: "result", task, result }),
    (error: unknown) => send({ type: "failure", task, error: portable(error) }),
  );
});

/** Error classes do not survive the way between threads; name, failure and message do. */
function portable(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const failure = (error as { failure?: unknown }).failure;
  return { name: error.name, message: error.message, stack: error.stack, failure };
}
