/**
 * LL5. A claim about the worker's program, not about the order of events: no model can decide it. It is a
 * predicate on recorded executions, which an implementation is asked for.
 */
import type { Breach, PendingLaw } from "../law.js";

/** One effect that was executed, with what its worker's own store held at the time. */
export interface ExecutionRecord {
  readonly worker: string;
  readonly effect: string;
  /** The lease's payload as JSON. */
  readonly payload: string;
  /** The worker's own store as JSON. */
  readonly store: string;
  /** The worker's word as JSON: the result, or the error. */
  readonly word: string;
}

export const snapshotSufficiency: PendingLaw = {
  id: "LL5",
  title: "snapshot sufficiency",
  subject: "worker-lease",
  statement:
    "a worker executes an effect from the lease payload alone; it never reads its own store for a run the " +
    "master owns",
  formal: "result(effect) = f(payload)",
  why: "A worker looked a run up in its own store, which did not know it, and reported that it is gone.",
  checks: [],
  mutants: [],
  pending:
    "a worker that is given no store handle, and every effect executed over an empty store and over one that " +
    "contradicts the payload; the tests of the runtime ask this of it, `verify` does not",
};

/** Executions of one effect from one payload say the same, whatever the worker's own store holds. */
export function snapshotBreach(executions: readonly ExecutionRecord[]): Breach {
  const first = new Map<string, ExecutionRecord>();
  for (const execution of executions) {
    const { effect, payload, worker, store, word } = execution;
    const key = `${effect} ${payload}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, execution);
    else if (known.word !== word) {
      return (
        `${effect} from ${payload}: worker ${known.worker} over the store ${known.store} says ${known.word}, ` +
        `worker ${worker} over ${store} says ${word}`
      );
    }
  }
  return null;
}

/** The law has something to say: an effect was executed from one payload over two different stores. */
export function snapshotWitness(executions: readonly ExecutionRecord[]): boolean {
  return executions.some((one) =>
    executions.some(
      (other) => one.effect === other.effect && one.payload === other.payload && one.store !== other.store,
    ),
  );
}
