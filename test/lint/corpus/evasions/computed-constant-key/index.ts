import { store, RunStore } from "../../base/store.js";
import { key } from "./key.js";
store["append"]("r", { type: "status" }); // finds: append
store[key]("r", { type: "status" }); // finds: append
const { [key]: put } = store;
put("r", { type: "status" }); // finds: append
declare const either: "append" | "save";
(store[either] as RunStore["append"])("r", { type: "status" }); // finds: append
Reflect.get(store, "append").call(store, "r", { type: "status" }); // finds: append
