import type { Status } from "../../base/event.js";
export const one: Status = "done";
export const two = "running" as Status;
export const three = "queued" as const;
export const same = (status: Status | null): boolean => status === "done";
declare const given: Status | undefined;
export const sure = given as Status;
