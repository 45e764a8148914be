import { store, RunStore } from "../../base/store.js";
import * as everything from "../../base/store.js";
import { master, type Lease } from "../../base/master.js";
import type { RunEvent, StatusEvent, Status } from "../../base/event.js";
declare const words: Status[];
declare const console: { log(value: unknown): void };
declare const cond: boolean;
import("../../base/store.js").then(({ store: s }) => s.append("r", { type: "status" })); // finds: append
const { store: { append: deep } } = everything;
deep("r", { type: "status" }); // finds: append
class Holder {
  #s = store;
  static readonly inner = new RunStore();
  f(): void {
    this.#s.append("r", { type: "status" }); // finds: append
    Holder.inner.append("r", { type: "status" }); // finds: append
  }
}
function byDefault(event: RunEvent = { type: "status", status: "done" }): void { // finds: build
  void event;
}
export const list: StatusEvent[] = words.map((status) => ({ type: "status", status })); // finds: build
export const maybe: StatusEvent | undefined = cond ? { type: "status", status: "done" } : undefined; // finds: build
export async function later(): Promise<StatusEvent> {
  return { type: "status", status: "done" }; // finds: build
}
export function* gen(): Generator<RunEvent> {
  yield { type: "status", status: "done" }; // finds: build
}
master.leases.forEach((_, key, map) => map.delete(key)); // finds: leases
const get = () => master.leases;
get().clear(); // finds: leases
function* all(): Generator<Lease> {
  yield* master.leases.values();
}
for (const each of all()) each.note = "x"; // finds: leases
Reflect.get(master, "leases").clear(); // finds: leases
const { leases: { clear } } = master;
clear.call(master.leases); // finds: leases
export class Sub extends (await import("../../base/master.js")).Master {
  wipe(): void {
    this.leases = new Map(); // finds: leases
    super.leases.clear(); // finds: leases
  }
}
const saving = store.save("r"); // finds: outcome
void saving;
new Promise<void>((resolve) => {
  store.save("r").then(resolve); // finds: outcome
});
async function quiet(): Promise<void> {
  try {
    return await store.save("r"); // finds: outcome
  } catch {
    return;
  }
}
await quiet();
const later2 = async (): Promise<void> => { await store.save("r"); };
later2(); // finds: outcome
setTimeout(() => store.save("r"), 1); // finds: outcome
declare function setTimeout(f: () => void, ms: number): void;
const fns = [() => store.save("r")];
fns.forEach((f) => f());
queueMicrotask(store.save.bind(store, "r")); // finds: outcome
declare function queueMicrotask(f: () => void): void;
let chained = Promise.resolve();
chained = chained.then(() => store.save("r"));
for (const run of ["a"]) store.save(run).catch(() => { /* later */ }); // finds: outcome
