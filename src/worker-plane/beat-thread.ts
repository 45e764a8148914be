/** The thread of the beats: owns a connection to the master and shares nothing with the worker's main thread. */
import { parentPort, workerData } from "node:worker_threads";

import { createBeats } from "./beats.js";
import { hostPlaneClock } from "./clock.js";
import { defaultBackoff } from "./policy.js";
import { socketConnect } from "./socket-client.js";
import type { BeatThreadInput, ToBeatThread } from "./thread-beats.js";

const { connection, peer } = workerData as BeatThreadInput;

const beats = createBeats({
  connect: socketConnect(connection),
  peer,
  clock: hostPlaneClock(),
  random: Math.random,
  backoff: defaultBackoff,
  heard: (message) => parentPort?.postMessage(message),
});

parentPort?.on("message", (told: ToBeatThread) => {
  if (told.type === "pace") beats.pace(told.beatMs, told.progressMs);
  else if (told.type === "hold") beats.hold(told.lease, told.attempt);
  else beats.release(told.lease);
});
