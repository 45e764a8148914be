/** WS2: no undecided writer. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { surface } from "./surface.js";

export const noUndecidedWriter: SurfaceLaw = {
  ...surface,
  id: "WS2",
  title: "no undecided writer",
  statement:
    "Each listed writer is `sanctioned`, `integrate` (with the decision that will " +
    "remove it) or `quarantine` (with the law of its boundary).",
  formal:
    "∀ w ∈ writers: disposition(w) ∈ {sanctioned, integrate(decision), " +
    "quarantine(law)} ∧ because(w) ≠ ∅",
  why:
    "Exceptions were annotated and forgotten. A year later nobody knew which were " +
    "meant to stay.",
};
