import { store, RunStore } from "../../base/store.js";
import { master, Master, type Lease } from "../../base/master.js";
import type { NoteEvent, RunEvent, StatusEvent, Status } from "../../base/event.js";
declare const events: readonly RunEvent[];
declare const console: { log(...values: readonly unknown[]): void };
// Reading statuses and passing them on.
export const statuses = events.flatMap((event) => (event.type === "status" ? [event] : []));
export const last: StatusEvent | undefined = statuses.at(-1);
export const sorted = [...statuses].sort((a, b) => a.status.localeCompare(b.status));
export const byName = new Map<Status, StatusEvent>(statuses.map((event) => [event.status, event]));
export const one: StatusEvent | undefined = byName.get("done");
export async function fetchAll(load: () => Promise<readonly RunEvent[]>): Promise<readonly RunEvent[]> {
  const all = await load();
  return all.slice();
}
export function only(event: RunEvent): event is StatusEvent {
  return event.type === "status";
}
export const note: NoteEvent = { type: "note", text: "status" };
export const any: RunEvent = note;
export const phase: RunEvent = { type: "phase", status: "done" };
console.log({ type: "status", status: "done" });
export const text = JSON.stringify(events);
export const parsed = JSON.parse(text) as { readonly kind: string };
export const generic = Promise.all(events.map((event) => Promise.resolve(event)));
// Other stores, other maps.
class Cache {
  private readonly leases = new Map<string, Lease>();
  keep(lease: Lease): void {
    this.leases.set(lease.id, { ...lease, state: "seen" });
  }
}
new Cache().keep({ id: "a", state: "open" });
const params = new Map<string, string>();
params.set("leases", "x");
export const snapshot = structuredClone(master.leases);
snapshot.clear();
export const mine = new Map([...master.leases].map(([id, lease]) => [id, { ...lease }]));
mine.set("x", { id: "x", state: "open" });
for (const lease of mine.values()) console.log(lease.state);
export function count(map: ReadonlyMap<string, Lease>): number {
  return map.size;
}
count(master.leases);
export const open = [...master.leases.values()].filter(({ state }) => state === "open").map(({ id }) => id);
open.push("y");
export class Fresh extends Master {
  readonly started = 0;
}
// Outcomes that go somewhere.
export const saved = await store.save("r").then(() => true, () => false);
export async function retry(times: number): Promise<void> {
  for (let attempt = 0; attempt < times; attempt += 1) {
    try {
      await store.save("r");
      return;
    } catch (error) {
      if (attempt + 1 === times) throw error;
    }
  }
}
export const all = async (): Promise<void> => {
  const waiting: Promise<void>[] = [];
  waiting.push(store.save("a"), store.save("b"));
  await Promise.all(waiting);
};
await all();
export const has = RunStore.prototype.append.length;
