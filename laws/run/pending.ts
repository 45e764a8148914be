/** Run laws that no model can decide: they are about what acts around the machine. */
import type { PendingLaw } from "../law.js";

const pending = { subject: "run", checks: [], mutants: [] } as const;

export const listenerAtCommit: PendingLaw = {
  ...pending,
  id: "L8",
  title: "commit point",
  statement:
    "Each committed (status, reason) change fires exactly one listener call, after the append; " +
    "no-ops and failed appends fire none.",
  formal: "#calls(pair) = #appended changes(pair) ∧ append < call",
  why:
    "Listeners were called before the write, or only for some observations: issues were closed " +
    "for a status that never reached the log, and reason-only changes reached nobody.",
  pending: "the run store with a disk that fails at every call, and a listener that counts",
};

export const locality: PendingLaw = {
  ...pending,
  id: "L11d",
  title: "locality",
  statement: "Gone class and observer identity are decided where the facts are and travel as data.",
  formal: "∀ gone(o, class): o and class are fields of the observation, set by the observing process",
  why:
    "The master guessed from English error texts whether a session or its server was gone. The " +
    "texts differ between hosts and languages, and the guess ended live runs.",
  pending:
    "a worker and a master in two processes, and a transport that carries the observation " + "unchanged",
};

export const atomicCommit: PendingLaw = {
  ...pending,
  id: "L15",
  title: "atomic commit",
  statement:
    "The effects of one observation are all in the log or none is; a commit whose view moved, " +
    "or whose read failed, appends nothing.",
  formal: "∀ crash point: |log′ ∩ effects| ∈ {0, |effects|}; view moved ∨ read failed ⇒ log′ = log",
  why:
    "A crash between two appends left a run with a closed pull request and no status. A read " +
    "error was taken for an empty log, and the commit went ahead unchecked.",
  pending:
    "the journal on a disk that crashes between any two calls; L7f covers the fold of a torn " + "commit",
};

export const coverage: PendingLaw = {
  ...pending,
  id: "L16",
  title: "coverage",
  statement: "Every non-terminal run is observed in every tick.",
  formal: "∀ tick t, run r: active(r, t) ⇒ ∃ observation of r in t",
  why:
    "Queued runs were skipped by the monitor's loop. One whose launcher died stayed queued for " +
    "ever, and no law about observations could say anything of it.",
  pending: "the monitor's loop over a store with runs in every status, on a simulated clock",
};
