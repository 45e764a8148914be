/** The worker lease plane: worker, lease and caller as statecharts, and the records they step over. */
export * from "./caller.machine.js";
export * from "./lease.machine.js";
export * from "./records.js";
export * from "./target.js";
export * from "./worker.machine.js";
