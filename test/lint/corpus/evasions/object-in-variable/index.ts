import { store, RunStore } from "../../base/store.js";

const event = { type: "status", status: "done" };
store.append("r", event); // finds: append
const later = { type: "note" };
later.type = "status";
store.append("r", later); // finds: append
