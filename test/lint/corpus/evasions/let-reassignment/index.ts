import { store, RunStore } from "../../base/store.js";

let type = "note";
if (Math.random() > 0.5) type = "status";
store.append("r", { type }); // finds: append
let event: { type: string } = { type: "note" };
event = { type: "status" };
store.append("r", event); // finds: append
