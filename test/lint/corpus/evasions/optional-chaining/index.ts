import { store, RunStore } from "../../base/store.js";

const maybe: RunStore | undefined = store;
maybe?.append("r", { type: "status" }); // finds: append
maybe?.append?.("r", { type: "status" }); // finds: append
maybe!.append("r", { type: "status" }); // finds: append
