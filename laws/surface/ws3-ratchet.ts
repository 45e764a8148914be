/** WS3: ratchet. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { surface } from "./surface.js";

export const ratchet: SurfaceLaw = {
  ...surface,
  id: "WS3",
  title: "ratchet",
  statement:
    "The number of listed writers never grows; an entry whose writer is gone fails " +
    "until it is removed.",
  formal: "|writers′| ≤ |writers| unless grown on purpose; w ∈ writers ⇒ writes(w)",
  why:
    "The list of exceptions grew from 45 to 47 between two reviews, and an entry " +
    "whose code was gone covered a new writer of the same name.",
};
