/** Where a sync is waited for: on the thread pool, or on this thread while the disk is fast. */
import { expect, test } from "vitest";

import { syncing } from "../src/journal/sync-data.js";

/** A disk whose syncs take `ms`, on a clock of its own; `went` says where each was waited for. */
function disk() {
  const went: string[] = [];
  let now = 0;
  const one = { ms: 0.2, error: null as Error | null };
  const fdatasyncSync = (): void => {
    now += one.ms;
    went.push("here");
    if (one.error !== null) throw one.error;
  };
  const fdatasync = (_file: number, done: (error: Error | null) => void): void => {
    now += one.ms;
    went.push("pool");
    setImmediate(done, one.error);
  };
  return { one, went, sync: syncing({ fdatasync, fdatasyncSync }, () => now) };
}

async function times(count: number, call: () => Promise<void>): Promise<void> {
  for (let done = 0; done < count; done += 1) await call();
}

test("a caller on its own waits here as soon as the disk was seen to be fast", async () => {
  const { sync, went } = disk();
  await times(3, () => sync(1, true));
  expect(went).toEqual(["pool", "here", "here"]);
});

test("where others wait too, or the disk is slow, the pool waits", async () => {
  const { one, sync, went } = disk();
  await sync(1, true);
  await sync(1, false);
  one.ms = 10;
  await times(3, () => sync(1, true));
  expect(went).toEqual(["pool", "pool", "here", "pool", "pool"]);
  one.ms = 0.2;
  await times(40, () => sync(1, true));
  expect(went.at(-1)).toBe("here");
});

test("what fails rejects with the error, wherever it was waited for", async () => {
  const { one, sync, went } = disk();
  await sync(1, true);
  one.error = new Error("EIO");
  await expect(sync(1, true)).rejects.toBe(one.error);
  await expect(sync(1, false)).rejects.toBe(one.error);
  expect(went).toEqual(["pool", "here", "pool"]);
});

test("the event loop gets its turn every four milliseconds", async () => {
  const { one, sync, went } = disk();
  one.ms = 0.5;
  await times(2, () => sync(1, true));
  for (let round = 0; round < 3; round += 1) {
    let turned = 0;
    setImmediate(() => (turned = went.length));
    const before = went.length;
    await times(9, () => sync(1, true));
    // Seven of 0.5 ms are answered at once, and the eighth after a turn.
    expect(turned - before).toBe(8);
    await times(7, () => sync(1, true));
  }
});
