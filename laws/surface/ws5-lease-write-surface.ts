/** WS5: lease write surface. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { surface } from "./surface.js";

export const leaseWriteSurface: SurfaceLaw = {
  ...surface,
  id: "WS5",
  title: "lease write surface",
  statement: "Lease and worker registries change only at LW1–LW5.",
  formal: "∀ site s: mutates(s, leases) ∨ mutates(s, workers) ⇒ s ∈ {LW1, …, LW5}",
  why:
    "A lease was changed through a pointer that a reader had kept, outside the lock " +
    "and outside every rule.",
};
