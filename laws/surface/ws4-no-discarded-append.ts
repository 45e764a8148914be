/** WS4: no discarded append. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { surface } from "./surface.js";

export const noDiscardedAppend: SurfaceLaw = {
  ...surface,
  id: "WS4",
  title: "no discarded append",
  statement: "The error of an append is never dropped.",
  formal: "∀ call c of append: its result or its promise is used",
  why:
    "A status was appended with its error ignored. The disk was full, the log never " +
    "had it, and the listeners had been told.",
};
