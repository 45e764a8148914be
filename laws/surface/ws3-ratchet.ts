/** WS3: ratchet. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { configuration, lines, surface } from "./surface.js";

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
  sourceMutants: [
    {
      name: "one site more in a listed file",
      change: "a second function of the housekeeping cuts the log",
      file: "src/journal/housekeeping.ts",
      append: lines(
        'export function shorten(disk: import("./disk.js").Disk, file: import("./disk.js").FileHandle): void {',
        "  disk.truncate(file, 0);",
        "}",
      ),
      at: "- id: disk-append",
      in: configuration,
    },
    {
      name: "a writer whose code is gone",
      change: "the list names a function of secrets that is not there any more",
      file: configuration,
      replace: ["site: src/host/secrets.ts#fileSecrets", "site: src/host/secrets.ts#writeSecrets"],
      at: "- id: D3",
    },
  ],
};
