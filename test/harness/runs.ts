/** Runs for tests: a state directory of their own, a clock and a timer that only tests move. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { RunCreated } from "../../spec/vocabulary/index.js";
import type { Clock, Stamp } from "../../src/journal/index.js";
import type { Timer } from "../../src/run/index.js";

/** A folder that is gone when `work` is over. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "leasehold-runs-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A clock that stands still until it is moved; wall and monotonic time can be moved apart. */
export class ManualClock implements Clock {
  stamp: Stamp = { bootId: "boot-1", monotonicMs: 1_000_000, wallMs: 1_700_000_000_000 };

  now(): Stamp {
    return this.stamp;
  }

  advance(ms: number): void {
    const { monotonicMs, wallMs } = this.stamp;
    this.stamp = { ...this.stamp, monotonicMs: monotonicMs + ms, wallMs: wallMs + ms };
  }

  stepWall(ms: number): void {
    this.stamp = { ...this.stamp, wallMs: this.stamp.wallMs + ms };
  }

  reboot(): void {
    this.stamp = { ...this.stamp, bootId: `${this.stamp.bootId}+`, monotonicMs: 5_000 };
  }
}

/** A timer whose calls come when the test says so. */
export class ManualTimer implements Timer {
  #now = 0;
  readonly #calls = new Set<{ at: number; call: () => void }>();

  after(ms: number, call: () => void): () => void {
    const entry = { at: this.#now + ms, call };
    this.#calls.add(entry);
    return () => this.#calls.delete(entry);
  }

  /** Runs what is due, in order, each after the promises of the one before have settled. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const due = [...this.#calls].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = due.at;
      this.#calls.delete(due);
      due.call();
    }
    this.#now = until;
    await settle();
  }

  get waiting(): number {
    return this.#calls.size;
  }
}

/** Lets everything that is ready run: some turns of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A run that was just asked for. */
export function newRun(run: string, clock: ManualClock, changes: Partial<RunCreated> = {}): RunCreated {
  return {
    run,
    agent: "codex",
    branch: "feature/x",
    issue: null,
    directory: "/work/tree",
    command: ["codex"],
    session: { kind: "tmux", name: run },
    startedAt: clock.now().wallMs,
    ...changes,
  };
}
