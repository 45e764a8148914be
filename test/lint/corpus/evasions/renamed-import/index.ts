import { appendRecord as put, store as log } from "../../base/store.js";
put({}); // finds: append
log.append("r", { type: "status" }); // finds: append
