import type { Sealed, Status } from "../../base/event.js";
export const one = { status: "done" } as unknown as Sealed; // finds: build
export const two = { status: "done" as Status } as Sealed; // finds: build
