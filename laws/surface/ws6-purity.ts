/** WS6: purity. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { surface } from "./surface.js";

export const purity: SurfaceLaw = {
  ...surface,
  id: "WS6",
  title: "purity",
  statement: "`spec/` and `laws/` read no clock, file, environment or random source.",
  formal: "∀ f in spec ∪ laws: reads(f) ∩ {clock, file, environment, random} = ∅",
  why:
    "A guard that looked at the clock gave one answer to the checker and another to " +
    "the host.",
};
