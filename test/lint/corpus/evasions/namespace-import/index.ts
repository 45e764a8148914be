import * as store from "../../base/store.js";
store.appendRecord({}); // finds: append
new store.RunStore().append("r", { type: "status" }); // finds: append
