import type { RunEvent, StatusEvent } from "../../base/event.js";
interface Filter {
  type?: string;
  status?: string;
}
declare function list(filter: Filter): readonly RunEvent[];
export const all = list({ type: "status", status: "done" });
export const found = all.filter((event): event is StatusEvent => event.type === "status");
export const count = all.filter((event) => event.type === "status").length;
export const first: StatusEvent | undefined = found[0];
export const upcast = first as RunEvent | undefined;
export const copies: readonly StatusEvent[] = found.map((event) => event);
