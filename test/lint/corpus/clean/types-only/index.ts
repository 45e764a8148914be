import type { RunStore } from "../../base/store.js";
import { store } from "../../base/store.js";
export type Append = RunStore["append"];
export type Store = typeof store;
export type Put = typeof store.append;
export interface Port {
  append: RunStore["append"];
}
export const has = typeof store.append === "function" && "append" in store;
