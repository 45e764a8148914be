/** WS1: one status writer. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { lines, surface } from "./surface.js";

export const oneStatusWriter: SurfaceLaw = {
  ...surface,
  id: "WS1",
  title: "one status writer",
  statement:
    "A run status event is constructed and appended at one commit point; every other " +
    "writer is listed with a disposition.",
  formal: "∀ site s: constructs(s, StatusEvent) ∨ appends(s, status) ⇒ s ∈ writers",
  why:
    "Ten places wrote statuses. One of them skipped the check that the others had, " +
    "and a finished run came back to life.",
  sourceMutants: [
    {
      name: "a second file appends",
      change: "the host ends a run by an append of its own",
      file: "src/host/second-writer.ts",
      append: lines(
        'import type { CommitCapability, RunStore } from "../run/index.js";',
        "export async function finish(store: RunStore, run: string, right: CommitCapability): Promise<void> {",
        "  await store.append(run, () => ({ commit: null, result: null }), right);",
        "}",
      ),
      at: "store.append(",
    },
    {
      name: "an append under another name",
      change: "the store's append is taken out and called as a function",
      file: "src/host/second-name.ts",
      append: lines(
        'import type { CommitCapability, RunStore } from "../run/index.js";',
        "export async function finish({ append: put }: RunStore, run: string, right: CommitCapability): Promise<void> {",
        "  await put(run, () => ({ commit: null, result: null }), right);",
        "}",
      ),
      at: "put(run",
    },
    {
      name: "a status is made elsewhere",
      change: "a type assertion makes a status of the log outside of the commit point",
      file: "src/gather/second-status.ts",
      append: lines(
        'import type { SetStatus } from "../../spec/vocabulary/index.js";',
        'import type { StatusEvent } from "../run/index.js";',
        "export const forged = (effect: SetStatus): StatusEvent => effect as StatusEvent;",
      ),
      at: "as StatusEvent",
    },
  ],
};
