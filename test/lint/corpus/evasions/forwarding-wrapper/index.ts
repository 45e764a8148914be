import type { RunEvent } from "../../base/event.js";
import { store } from "../../base/store.js";
export function record(event: RunEvent): void {
  store.append("r", event); // finds: append
}
export const anything = <E extends { type: string }>(event: E): void => store.append("r", event); // finds: append
