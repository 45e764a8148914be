import type { RunEvent, Status, StatusEvent } from "../../base/event.js";
function take(event: RunEvent): void {
  void event;
}
const built = { type: "status" as const, status: "done" as const };
take(built); // finds: build
interface Copy {
  type: "status";
  status: "done";
  at: number;
}
const copy: Copy = { type: "status", status: "done", at: 1 };
export const event: StatusEvent = copy; // finds: build
const whole = { type: "status" as const, status: "done" as Status };
take(whole); // finds: build
