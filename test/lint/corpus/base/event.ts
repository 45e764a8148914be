export type Status = "queued" | "running" | "done";
export enum EventType {
  Status = "status",
  Note = "note",
}
export interface StatusEvent {
  type: "status";
  status: Status;
  reason?: string;
}
export interface NoteEvent {
  type: "note";
  text: string;
}
export interface PhaseEvent {
  type: "phase";
  status: string;
}
export type RunEvent = StatusEvent | NoteEvent | PhaseEvent;
export const statusType = "status";
declare const seal: unique symbol;
/** A branded type: no literal is one. */
export interface Sealed {
  readonly [seal]: true;
  readonly status: Status;
}
