/**
 * A worker lease: the master's record of one effect handed to one worker.
 *
 * An acknowledgement names its attempt, and only the current attempt completes the lease (LL8). Facts about
 * others, such as whether the worker is active, come as fields of the event; time comes as `clock.ticked`.
 */
import { and, assertEvent, assign, setup } from "xstate";

import type { LeaseAccess } from "../vocabulary/worker.js";
import { type LeasePolicy, type LeaseRecord, leaseFree } from "./records.js";

/** What happens to a lease. Facts about others are fields, put there by whoever sends the event. */
export type LeaseEvent =
  | {
      readonly type: "lease.acquired";
      readonly worker: number;
      readonly access: LeaseAccess | null;
      readonly run: number | null;
      readonly workerActive: boolean;
      /** Another open lease mutates the same run. */
      readonly runMutating: boolean;
    }
  | {
      readonly type: "lease.dispatched";
      /** The worker is active and asks for work. */
      readonly workerReady: boolean;
    }
  | { readonly type: "lease.progressed"; readonly attempt: number }
  | { readonly type: "lease.acknowledged"; readonly attempt: number; readonly ok: boolean }
  | { readonly type: "lease.recycled" }
  | { readonly type: "master.restarted" }
  | { readonly type: "clock.ticked" };

/** What the chart keeps beside its state: the record without its phase. */
export type LeaseContext = Omit<LeaseRecord, "phase">;

const { phase: _free, ...nothing } = leaseFree;

/** The chart of a worker lease: one verdict, which is final (LL3), given by the current attempt (LL8). */
export function createLeaseMachine({ dispatchTtl, dispatchMax }: LeasePolicy) {
  return setup({
    types: { context: {} as LeaseContext, events: {} as LeaseEvent },
    guards: {
      workerActive: ({ event }) => {
        assertEvent(event, "lease.acquired");
        return event.workerActive;
      },
      onlyMutation: ({ event }) => {
        assertEvent(event, "lease.acquired");
        return event.access !== "mutate" || !event.runMutating;
      },
      workerReady: ({ event }) => {
        assertEvent(event, "lease.dispatched");
        return event.workerReady;
      },
      dispatchExpired: ({ context }) => context.dispatchAge > dispatchTtl,
      attemptsLeft: ({ context }) => context.count < dispatchMax,
      progressOfCurrentDispatch: ({ context, event }) => {
        assertEvent(event, "lease.progressed");
        return event.attempt === context.count;
      },
      acknowledgesCurrentDispatch: ({ context, event }) => {
        assertEvent(event, "lease.acknowledged");
        return event.attempt === context.count;
      },
      reportsSuccess: ({ event }) => {
        assertEvent(event, "lease.acknowledged");
        return event.ok;
      },
    },
    actions: {
      take: assign(({ event }) => {
        assertEvent(event, "lease.acquired");
        return { worker: event.worker, access: event.access, run: event.run };
      }),
      countDispatch: assign({ count: ({ context }) => context.count + 1, dispatchAge: 0 }),
      renewDispatch: assign({ dispatchAge: 0 }),
      endDispatch: assign({ dispatchAge: 0 }),
      ageDispatch: assign({
        dispatchAge: ({ context }) => Math.min(context.dispatchAge + 1, dispatchTtl + 1),
      }),
      forget: assign(() => nothing),
    },
  }).createMachine({
    id: "lease",
    context: nothing,
    initial: "free",
    on: {
      "lease.recycled": { target: ".free", actions: "forget" },
      "master.restarted": { target: ".free", actions: "forget" },
    },
    states: {
      free: {
        on: {
          "lease.acquired": {
            guard: and(["workerActive", "onlyMutation"]),
            target: "pending",
            actions: "take",
          },
        },
      },
      pending: {
        on: {
          "lease.dispatched": { guard: "workerReady", target: "dispatched", actions: "countDispatch" },
        },
      },
      dispatched: {
        on: {
          "lease.dispatched": {
            guard: and(["workerReady", "dispatchExpired", "attemptsLeft"]),
            target: "dispatched",
            actions: "countDispatch",
          },
          "lease.progressed": { guard: "progressOfCurrentDispatch", actions: "renewDispatch" },
          "lease.acknowledged": [
            {
              guard: and(["acknowledgesCurrentDispatch", "reportsSuccess"]),
              target: "done.succeeded",
              actions: "endDispatch",
            },
            { guard: "acknowledgesCurrentDispatch", target: "done.failed", actions: "endDispatch" },
          ],
          "clock.ticked": { actions: "ageDispatch" },
        },
      },
      done: {
        initial: "succeeded",
        states: {
          succeeded: { tags: "done" },
          failed: { tags: "done" },
        },
      },
    },
  });
}

/** The XState chart of a worker lease. */
export type LeaseMachine = ReturnType<typeof createLeaseMachine>;
