/** A state directory of its own for each test, stores that are closed behind it, and a clock that tests turn. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

import type { Clock } from "../../src/journal/index.js";
import { type FileLeaseStore, type LeaseStoreOptions, openLeaseStore } from "../../src/lease/index.js";

export interface TurnableClock extends Clock {
  monotonicMs: number;
  wallMs: number;
  bootId: string;
}

export function turnableClock(): TurnableClock {
  const clock: TurnableClock = {
    monotonicMs: 1000,
    wallMs: 1_700_000_000_000,
    bootId: "boot-1",
    now: () => ({ bootId: clock.bootId, monotonicMs: clock.monotonicMs, wallMs: clock.wallMs }),
  };
  return clock;
}

const directories: string[] = [];
const stores: FileLeaseStore[] = [];

export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "leasehold-leases-"));
  directories.push(directory);
  return join(directory, "state");
}

export async function openStore(options: Partial<LeaseStoreOptions> = {}): Promise<FileLeaseStore> {
  const store = await openLeaseStore({ directory: newDirectory(), ...options });
  stores.push(store);
  return store;
}

/** Registers the clean-up: called once by each test file that uses this. */
export function cleanUpLeases(): void {
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });
}
