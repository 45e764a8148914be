/** The actions of the workers, the same in both systems of the worker plane. */
import { type ActionFamily, defineAction, replaceAt } from "../kernel/index.js";
import type { WorkerRecord } from "../worker-lease/index.js";
import { type WorkerMember, at, indices } from "./worker-plane-members.js";

interface WithWorkers {
  readonly workers: readonly WorkerRecord[];
}

/** `drop` takes away what the worker had in hand: it is lost when its process ends. */
export function workerActions<S extends WithWorkers>(
  member: WorkerMember,
  count: number,
  drop: (state: S, worker: number) => S,
): readonly ActionFamily<S>[] {
  const action = (name: string, event: number, after?: (state: S, worker: number) => S): ActionFamily<S> =>
    defineAction<S>()({
      name,
      over: { worker: indices(count) },
      next: (state, { worker }) => {
        const { next, taken } = member.fire(at(state.workers, worker), event);
        if (taken === -1) return null;
        const moved = { ...state, workers: replaceAt(state.workers, worker, next) };
        return after === undefined ? moved : after(moved, worker);
      },
      actors: ({ worker }) => [`worker ${worker}`, "master"],
    });
  return [
    action("start", member.start),
    action("heartbeat", member.heartbeat),
    action("register", member.register),
    action("crash", member.crash, drop),
    action("unregister", member.unregister, drop),
  ];
}
