import { store, RunStore } from "../../base/store.js";

store.\u0061ppend("r", { type: "status" }); // finds: append
