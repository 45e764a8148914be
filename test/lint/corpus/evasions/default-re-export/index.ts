import write from "../../base/default-function.js";
import Store from "../../base/barrel.js";
write({}); // finds: append
new Store().append("r", { type: "status" }); // finds: append
