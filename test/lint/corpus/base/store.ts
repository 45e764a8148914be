import type { RunEvent } from "./event.js";

/** What is appended is looser than a run event, as stores are. */
export interface Loose {
  type: string;
  [key: string]: unknown;
}
export interface Saved {
  readonly ok: boolean;
}
export class RunStore {
  append(run: string, event: RunEvent | Loose): void {
    void run;
    void event;
  }
  async save(run: string): Promise<void> {
    void run;
  }
}
export function appendRecord(record: unknown): void {
  void record;
}
export default RunStore;
export const store = new RunStore();
