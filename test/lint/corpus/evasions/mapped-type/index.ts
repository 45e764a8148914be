import { store, RunStore } from "../../base/store.js";

declare const view: Readonly<Pick<RunStore, "append">>;
view.append("r", { type: "status" }); // finds: append
const rest = { ...store, append: store.append }; // finds: append
rest.append("r", { type: "status" });
