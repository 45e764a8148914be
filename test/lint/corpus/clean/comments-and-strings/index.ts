// store.append("r", { type: "status" });
/** `master.leases.clear()` and { type: "status", status: "done" } as StatusEvent */
export const text = 'store.append("r", { type: "status" }); master.leases.set()';
