/** Where a store or a host of ours keeps its files while it is judged. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Disk, nodeDisk } from "../journal/index.js";

/** Where a store or a host under test keeps its files. */
export interface HostStorage {
  readonly directory: string;
  disk(): Disk;
  /** The power is cut: what was never synced may be lost. Absent: this storage keeps everything. */
  powerCut?(pick: number): void;
  remove(): void;
}

/** Syncs are for power cuts, and nobody cuts the power here. */
export function unsyncedDisk(): Disk {
  return { ...nodeDisk(), syncData: () => Promise.resolve(), syncDirectory: () => Promise.resolve() };
}

/** A folder of this host that is removed afterwards. */
export function temporaryStorage(): HostStorage {
  const directory = mkdtempSync(join(tmpdir(), "leasehold-judged-"));
  return { directory, disk: unsyncedDisk, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
