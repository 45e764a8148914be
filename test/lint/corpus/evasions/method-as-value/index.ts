import { store, RunStore } from "../../base/store.js";

const put = store.append;
put("r", { type: "status" }); // finds: append
export const table = { put: store.append }; // finds: append
["r"].forEach((run) => [store.append].map((f) => f(run, { type: "status" }))); // finds: append
function apply(f: RunStore["append"]): void {
  f("r", { type: "status" });
}
apply(store.append); // finds: append
