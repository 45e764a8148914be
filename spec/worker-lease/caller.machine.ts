/**
 * Who waits for the result of a lease. A wait ends in one of three answers: the result, "worker lost" or
 * "timeout", in that order of precedence.
 *
 * What is to be seen of the lease and its worker comes as fields of `lease.observed`; time as `clock.ticked`.
 */
import { assertEvent, assign, setup } from "xstate";

import { type CallerPolicy, type CallerRecord, callerIdle } from "./records.js";

/** What a caller does, and what it sees of its lease. */
export type CallerEvent =
  | { readonly type: "lease.acquired" }
  | { readonly type: "lease.observed"; readonly completed: boolean; readonly workerActive: boolean }
  | { readonly type: "caller.left" }
  | { readonly type: "master.restarted" }
  | { readonly type: "clock.ticked" };

/** What the chart keeps beside its state: the record without `waiter`. */
export type CallerContext = Omit<CallerRecord, "waiter">;

/** The chart of a caller: every wait ends in the result, "worker lost" or "timeout" (LL1). */
export function createCallerMachine({ waitBudget }: CallerPolicy) {
  return setup({
    types: { context: {} as CallerContext, events: {} as CallerEvent },
    guards: {
      leaseCompleted: ({ event }) => {
        assertEvent(event, "lease.observed");
        return event.completed;
      },
      workerLost: ({ event }) => {
        assertEvent(event, "lease.observed");
        return !event.workerActive;
      },
      budgetSpent: ({ context }) => context.waitAge > waitBudget,
    },
    actions: {
      endWait: assign({ waitAge: 0 }),
      ageWait: assign({ waitAge: ({ context }) => Math.min(context.waitAge + 1, waitBudget + 1) }),
    },
  }).createMachine({
    id: "caller",
    context: { waitAge: callerIdle.waitAge },
    initial: "idle",
    states: {
      idle: {
        on: {
          "lease.acquired": { target: "waiting" },
        },
      },
      waiting: {
        on: {
          "lease.observed": [
            { guard: "leaseCompleted", target: "answered.gotResult", actions: "endWait" },
            { guard: "workerLost", target: "answered.gotLost", actions: "endWait" },
            { guard: "budgetSpent", target: "answered.gotTimeout", actions: "endWait" },
          ],
          "master.restarted": { target: "answered.gotLost", actions: "endWait" },
          "clock.ticked": { actions: "ageWait" },
        },
      },
      answered: {
        initial: "gotResult",
        on: {
          "caller.left": { target: "idle" },
          "master.restarted": { target: "idle" },
        },
        states: {
          gotResult: {},
          gotLost: {
            on: {
              "lease.acquired": { target: "#caller.waiting" },
            },
          },
          gotTimeout: {},
        },
      },
    },
  });
}

/** The XState chart of a caller. */
export type CallerMachine = ReturnType<typeof createCallerMachine>;
