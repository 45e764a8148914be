import { store } from "../../base/store.js";
store.append("r", { type: "status" }); // finds: append
