/** WS4: no discarded append. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { lines, surface } from "./surface.js";

export const noDiscardedAppend: SurfaceLaw = {
  ...surface,
  id: "WS4",
  title: "no discarded append",
  statement: "The error of an append is never dropped.",
  formal: "∀ call c of append: its result or its promise is used",
  why:
    "A status was appended with its error ignored. The disk was full, the log never " +
    "had it, and the listeners had been told.",
  sourceMutants: [
    {
      name: "an append that nobody waits for",
      change: "the promise of a transaction is dropped by `void`",
      file: "src/host/dropped.ts",
      append: lines(
        'import type { Journal } from "../journal/index.js";',
        "export function touch(journal: Journal<object>): void {",
        '  void journal.transact(() => ({ events: [], durability: "durable", result: null }));',
        "}",
      ),
      at: "journal.transact(",
    },
    {
      name: "an error that is swallowed",
      change: "the append of a status stands in a `try` with an empty `catch`",
      file: "src/gather/swallowed.ts",
      append: lines(
        'import type { CommitCapability, RunStore } from "../run/index.js";',
        "export async function tryToFinish(store: RunStore, run: string, right: CommitCapability): Promise<void> {",
        "  try {",
        "    await store.append(run, () => ({ commit: null, result: null }), right);",
        "  } catch {}",
        "}",
      ),
      at: "store.append(",
    },
  ],
};
