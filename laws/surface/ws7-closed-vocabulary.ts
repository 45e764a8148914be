/** WS7: closed vocabulary. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { surface } from "./surface.js";

export const closedVocabulary: SurfaceLaw = {
  ...surface,
  id: "WS7",
  title: "closed vocabulary",
  statement:
    "Statuses, reasons, event types are used through the vocabulary, never as loose " +
    "strings.",
  formal: "∀ literal used as status, reason or event type: its type is the vocabulary's",
  why:
    "A status was spelled in two ways. The store took both, and the table of runs " +
    "showed neither.",
};
