/** LL7. A claim about where file system calls are made: it needs the effects of the worker. */
import type { PendingLaw } from "../law.js";

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
  pending: "the work-tree effects of the worker, run on two hosts of which one is unreachable",
};
