import { store, RunStore } from "../../base/store.js";

(store as any).append("r", { type: "status" }); // finds: append
const loose: any = store;
loose.append("r", { type: "status" }); // finds: append
