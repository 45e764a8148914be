import type { RunEvent } from "../../base/event.js";
export function turn(event: RunEvent): void {
  event.type = "status"; // finds: build
}
