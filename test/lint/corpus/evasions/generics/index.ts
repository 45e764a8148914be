import { store, RunStore } from "../../base/store.js";

import type { RunEvent, StatusEvent } from "../../base/event.js";
export function put<S extends RunStore, E extends RunEvent>(into: S, event: E): void {
  into.append("r", event); // finds: append
}
export function make<T>(value: unknown): T {
  return value as T;
}
export const event = make<StatusEvent>({}); // finds: build
function identity<E>(value: E): E {
  return value;
}
export const same: StatusEvent = identity({ type: "status", status: "done" }); // finds: build
function join<A, B>(a: A, b: B): A & B {
  return { ...a, ...b };
}
export const joined: StatusEvent = join({ type: "status" as const }, { status: "done" as const }); // finds: build
