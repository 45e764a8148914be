/** WS1: one status writer. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { surface } from "./surface.js";

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
};
