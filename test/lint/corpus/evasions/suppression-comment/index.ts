import { store, RunStore } from "../../base/store.js";

// leasehold-disable-next-line
// eslint-disable-next-line
// nosemgrep: run-status-write-surface
// @ts-ignore
store.append("r", { type: "status" }); // finds: append
