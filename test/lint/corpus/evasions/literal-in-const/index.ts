import { store, RunStore } from "../../base/store.js";

import { statusType } from "../../base/event.js";
const kind = "status";
store.append("r", { type: kind }); // finds: append
store.append("r", { type: statusType }); // finds: append
store.append("r", { type: `status` }); // finds: append
store.append("r", { type: "sta" + "tus" }); // finds: append
const type = "status";
store.append("r", { type }); // finds: append
