import { store, RunStore } from "../../base/store.js";

import type { RunEvent, StatusEvent } from "../../base/event.js";
store.append("r", JSON.parse("{}")); // finds: append, build
export const one = JSON.parse("{}") as StatusEvent; // finds: build
export const two: RunEvent = JSON.parse("{}"); // finds: build
export function read(text: string): StatusEvent {
  return JSON.parse(text); // finds: build
}
export const many = JSON.parse("[]") as readonly RunEvent[]; // finds: build
