import { store, RunStore } from "../../base/store.js";

const base = { type: "status" as const, status: "done" as const };
store.append("r", { ...base, reason: "x" }); // finds: append, build
const note = { type: "note" };
store.append("r", { ...note, ...base }); // finds: append, build
