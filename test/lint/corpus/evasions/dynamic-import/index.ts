const { store } = await import("../../base/store.js");
store.append("r", { type: "status" }); // finds: append
const module = await import("../../base/store.js");
module.appendRecord({}); // finds: append
