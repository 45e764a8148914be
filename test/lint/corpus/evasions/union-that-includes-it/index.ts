import { store, RunStore } from "../../base/store.js";

declare const kind: "note" | "status";
store.append("r", { type: kind }); // finds: append
store.append("r", Math.random() > 1 ? { type: "note" } : { type: "status" }); // finds: append
declare const text: string;
store.append("r", { type: text }); // finds: append
