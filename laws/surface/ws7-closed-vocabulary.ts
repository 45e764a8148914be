/** WS7: closed vocabulary. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { lines, surface } from "./surface.js";

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
  sourceMutants: [
    {
      name: "a loose word as a status",
      change: "what was read is asserted to be a status",
      file: "src/host/loose-status.ts",
      append: lines(
        'import type { Status } from "../../spec/vocabulary/index.js";',
        "export const statusOf = (word: string): Status => word as Status;",
      ),
      at: "as Status;",
    },
    {
      name: "an effect out of JSON",
      change: "an untyped value becomes an effect of a lease",
      file: "src/worker-plane/loose-effect.ts",
      append: lines(
        'import type { LeaseEffect } from "../../spec/vocabulary/index.js";',
        "export function effectOf(text: string): LeaseEffect {",
        "  return JSON.parse(text);",
        "}",
      ),
      at: "JSON.parse(",
    },
  ],
};
