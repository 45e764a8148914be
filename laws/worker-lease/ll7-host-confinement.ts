/**
 * LL7. A claim about where file system calls are made: it needs the effects of the worker. It is a predicate on
 * a recorded history of looks and answers, which an implementation is asked for.
 */
import type { Breach, PendingLaw } from "../law.js";

/** What happened to the work tree of a run, in order. */
export type TreeEvent =
  /** Somebody wants to know, or to remove; the run lives on `worker`. */
  | { readonly type: "asked"; readonly question: number; readonly worker: string; readonly path: string }
  /** A file system was touched, on the host of `worker`; `null` when it could not tell. */
  | {
      readonly type: "looked";
      readonly worker: string;
      readonly path: string;
      readonly state: TreeState | null;
    }
  | { readonly type: "answered"; readonly question: number; readonly state: TreeState | "unavailable" };

export type TreeState = "present" | "absent" | "removed";

export const hostConfinement: PendingLaw = {
  id: "LL7",
  title: "host confinement",
  subject: "worker-lease",
  statement:
    'a work tree is inspected and removed on the run\'s own worker; "unavailable" is an explicit error, ' +
    'never "does not exist"',
  formal: "inspect(tree(run)) at worker(run); unavailable(worker(run)) ⇒ error, not absent",
  why: "A master looked for a work tree in its own file system and called it already removed.",
  checks: [],
  mutants: [],
  pending:
    "the work-tree effects of the worker, run on two hosts of which one is unreachable; the tests of the " +
    "runtime ask this of it, `verify` does not",
};

/** Every look is at the worker of an open question; every answer but `unavailable` was seen there. */
export function hostBreach(history: readonly TreeEvent[]): Breach {
  const open = new Map<number, { worker: string; path: string; seen: (TreeState | null)[] }>();
  for (const event of history) {
    if (event.type === "asked") {
      open.set(event.question, { worker: event.worker, path: event.path, seen: [] });
    } else if (event.type === "looked") {
      const own = [...open.values()].filter(
        ({ worker, path }) => worker === event.worker && path === event.path,
      );
      if (own.length === 0)
        return `the tree ${event.path} is looked for at ${event.worker}, which nobody asked for`;
      for (const { seen } of own) seen.push(event.state);
    } else {
      const asked = open.get(event.question);
      open.delete(event.question);
      if (asked === undefined) return `question ${event.question} is answered and was not asked`;
      if (event.state === "unavailable" || asked.seen.includes(event.state)) continue;
      const seen = asked.seen.length === 0 ? "did not look" : `saw ${asked.seen.map(String).join(", ")}`;
      return `the tree ${asked.path} of ${asked.worker} is answered as ${event.state}; that worker ${seen}`;
    }
  }
  return null;
}

/** The law has something to say: a question was open while its worker could not answer it. */
export function hostWitness(history: readonly TreeEvent[]): boolean {
  return history.some((event) => event.type === "answered" && event.state === "unavailable");
}
