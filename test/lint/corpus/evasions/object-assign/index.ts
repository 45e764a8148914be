import { store, RunStore } from "../../base/store.js";

store.append("r", Object.assign({}, { type: "note" }, { type: "status" })); // finds: append
const event = Object.assign({ type: "note" }, JSON.parse("{}"));
store.append("r", event); // finds: append, build
