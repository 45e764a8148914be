import { store, RunStore } from "../../base/store.js";

const put = store.append.bind(store);
put("r", { type: "status" }); // finds: append
const both = store.append.bind(store, "r");
both({ type: "status" }); // finds: append
store.append.bind(store)("r", { type: "status" }); // finds: append
