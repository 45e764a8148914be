import { store, RunStore } from "../../base/store.js";

import { EventType, type NoteEvent, type RunEvent } from "../../base/event.js";
store.append("r", { type: "note", text: "" });
store.append("r", { type: EventType.Note });
const note = { type: "note", text: "status" };
store.append("r", note);
declare const typed: NoteEvent;
store.append("r", typed);
store.append("r", { ...typed, text: "x" });
let kind = "note";
store.append("r", { type: kind });
const event: RunEvent = { type: "note", text: "status" };
store.append("r", event);
function narrow(some: RunEvent): void {
  if (some.type === "note") store.append("r", some);
}
narrow(event);
store.append("r", { type: "note", text: "" } as RunEvent);
store.append("r", JSON.parse("{}") as NoteEvent);
