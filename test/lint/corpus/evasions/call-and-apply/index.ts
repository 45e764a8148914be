import { store, RunStore } from "../../base/store.js";

store.append.call(store, "r", { type: "status" }); // finds: append
store.append.apply(store, ["r", { type: "status" }]); // finds: append
Reflect.apply(store.append, store, ["r", { type: "status" }]); // finds: append
RunStore.prototype.append.call(store, "r", { type: "status" }); // finds: append
const rest: [string, { type: string }] = ["r", { type: "status" }];
store.append(...rest); // finds: append
(0, store.append)("r", { type: "status" }); // finds: append
