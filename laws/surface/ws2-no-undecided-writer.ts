/** WS2: no undecided writer. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { configuration, surface } from "./surface.js";

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
  sourceMutants: [
    {
      name: "a writer without a reason",
      change: "the commit point is listed without `because`",
      file: configuration,
      replace: ["        because: the commit point\n", ""],
      at: "- id: W1",
    },
    {
      name: "an undecided writer",
      change: "the lease store is listed as `undecided`",
      file: configuration,
      replace: ["site: src/lease/engine.ts#engineOf\n        disposition: sanctioned", "site: src/lease/engine.ts#engineOf\n        disposition: undecided"],
      at: "- id: J2",
    },
    {
      name: "a quarantine without its law",
      change: "the file of secrets is put in quarantine, and no law is named",
      file: configuration,
      replace: ["site: src/host/secrets.ts#fileSecrets\n        disposition: sanctioned", "site: src/host/secrets.ts#fileSecrets\n        disposition: quarantine"],
      at: "- id: D3",
    },
  ],
};
