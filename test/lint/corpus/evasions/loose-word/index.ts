import type { Status } from "../../base/event.js";
declare const text: string;
export const one = text as Status; // finds: words
export const two: Status = JSON.parse(text); // finds: words
export const three = "finished" as unknown as Status; // finds: words
