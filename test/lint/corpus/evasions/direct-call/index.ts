import { store, RunStore } from "../../base/store.js";

export function f(): void {
  store.append("r", { type: "status", status: "done" }); // finds: append, build
}
