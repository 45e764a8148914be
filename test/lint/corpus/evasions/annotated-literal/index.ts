import type { RunEvent, StatusEvent } from "../../base/event.js";
export const one: StatusEvent = { type: "status", status: "done" }; // finds: build
export const list: RunEvent[] = [{ type: "note", text: "" }, { type: "status", status: "done" }]; // finds: build
export function make(): StatusEvent {
  return { type: "status", status: "done" }; // finds: build
}
export const arrow = (): RunEvent => ({ type: "status", status: "done" }); // finds: build
export class Box {
  event: RunEvent = { type: "status", status: "done" }; // finds: build
}
