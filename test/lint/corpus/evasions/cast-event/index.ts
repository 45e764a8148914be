import { store, RunStore } from "../../base/store.js";

import type { NoteEvent, StatusEvent } from "../../base/event.js";
store.append("r", { type: "status", status: "done" } as unknown as NoteEvent); // finds: append
store.append("r", { type: "status" } as any); // finds: append
export const one = { type: "status" } as unknown as StatusEvent; // finds: build
export const two = <StatusEvent>{ type: "status", status: "done" }; // finds: build
