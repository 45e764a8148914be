import { store, RunStore } from "../../base/store.js";

const { append } = store;
append("r", { type: "status" }); // finds: append
const { append: put } = new RunStore();
put("r", { type: "status" }); // finds: append
let later: RunStore["append"];
({ append: later } = store);
later("r", { type: "status" }); // finds: append
function inner({ append: take }: RunStore): void {
  take("r", { type: "status" }); // finds: append
}
inner(store);
