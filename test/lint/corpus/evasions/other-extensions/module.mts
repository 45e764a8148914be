import { store, RunStore } from "../../base/store.js";

store.append("r", { type: "status" }); // finds: append
