import { store, RunStore } from "../../base/store.js";

export async function f(): Promise<void> {
  try {
    await store.save("r"); // finds: outcome
  } catch {
    // nothing
  }
  try {
    await store.save("r"); // finds: outcome
  } catch (error) {
    console.error(error);
  }
}
declare const console: { error(value: unknown): void };
