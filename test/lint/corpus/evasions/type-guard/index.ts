import type { StatusEvent } from "../../base/event.js";
export function isStatus(value: unknown): value is StatusEvent { // finds: build
  return value !== null;
}
