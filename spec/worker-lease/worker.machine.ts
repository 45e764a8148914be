/**
 * A worker: its process, down or up, and what the master knows of it.
 *
 * A crash leaves the registration standing; only its age tells the master. Time enters by `clock.ticked`.
 */
import { assign, setup } from "xstate";

import { type WorkerPolicy, type WorkerRecord, workerStopped } from "./records.js";

/** What happens to a worker, and to the master's knowledge of it. */
export type WorkerEvent =
  | { readonly type: "worker.started" }
  | { readonly type: "worker.heartbeat" }
  | { readonly type: "worker.registered" }
  | { readonly type: "worker.crashed" }
  | { readonly type: "worker.unregistered" }
  | { readonly type: "master.restarted" }
  | { readonly type: "clock.ticked" };

/** What the chart keeps beside its state: the record without `process`. */
export type WorkerContext = Omit<WorkerRecord, "process">;

/** The chart of a worker. Without a known registration a heartbeat changes nothing on the master. */
export function createWorkerMachine({ heartbeatTtl }: WorkerPolicy) {
  return setup({
    types: { context: {} as WorkerContext, events: {} as WorkerEvent },
    guards: {
      isRegistered: ({ context }) => context.registered,
      isUnknown: ({ context }) => !context.registered,
    },
    actions: {
      register: assign({ registered: true, beatAge: 0 }),
      recordBeat: assign({ beatAge: 0 }),
      forgetRegistration: assign({ registered: false, beatAge: 0 }),
      ageBeat: assign({ beatAge: ({ context }) => Math.min(context.beatAge + 1, heartbeatTtl + 1) }),
    },
  }).createMachine({
    id: "worker",
    context: { registered: workerStopped.registered, beatAge: workerStopped.beatAge },
    initial: "down",
    on: {
      "clock.ticked": { guard: "isRegistered", actions: "ageBeat" },
      "master.restarted": { actions: "forgetRegistration" },
    },
    states: {
      down: {
        on: {
          "worker.started": { target: "up", actions: "register" },
        },
      },
      up: {
        on: {
          "worker.heartbeat": { guard: "isRegistered", actions: "recordBeat" },
          "worker.registered": { guard: "isUnknown", actions: "register" },
          "worker.crashed": { target: "down" },
          "worker.unregistered": { target: "down", actions: "forgetRegistration" },
        },
      },
    },
  });
}

/** The XState chart of a worker. */
export type WorkerMachine = ReturnType<typeof createWorkerMachine>;
