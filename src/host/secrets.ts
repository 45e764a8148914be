/**
 * Secrets of the leases that runs hold: one file a run in the state directory, readable by its owner alone.
 *
 * A secret is in no log, no message and no argument. Whoever can read the file can beat and free the lease.
 */
import { join } from "node:path";

import { type Disk, JournalError, nodeDisk } from "../journal/index.js";
import type { HolderProof } from "../lease/index.js";

const folderName = "secrets";
/** Longest file that is read. */
const bytesMax = 4_096;

export interface Secrets {
  /** Replaces what is there. Rejects when it cannot be made durable: then nothing may rest on it. */
  write(run: string, proof: HolderProof): Promise<void>;
  /** Null: there is none, or it is not readable by its owner alone. */
  read(run: string): HolderProof | null;
  remove(run: string): void;
}

export function fileSecrets(directory: string, disk: Disk = nodeDisk()): Secrets {
  const folder = join(directory, folderName);
  const fileOf = (run: string): string => join(folder, `run-${run}`);
  const remove = (run: string): void => {
    if (disk.stat(fileOf(run)) !== null) disk.remove(fileOf(run));
  };
  return {
    write: async (run, { leaseId, secret }) => {
      const path = fileOf(run);
      try {
        disk.makeDirectory(folder);
        remove(run);
        const file = disk.open(path, "create");
        try {
          disk.append(file, new TextEncoder().encode(`${leaseId} ${secret}\n`));
          await disk.syncData(file);
        } finally {
          disk.close(file);
        }
        await disk.syncDirectory(folder);
      } catch (cause) {
        const errno = (cause as NodeJS.ErrnoException).code ?? "unknown";
        throw new JournalError({ code: "journal/write-failed", path, doing: "write the secret to", errno }, { cause });
      }
    },
    read: (run) => read(disk, fileOf(run)),
    remove,
  };
}

function read(disk: Disk, path: string): HolderProof | null {
  const found = disk.stat(path);
  if (found === null || found.kind !== "file" || found.size > bytesMax || (found.mode & 0o077) !== 0) return null;
  const file = disk.open(path, "read");
  try {
    const bytes = new Uint8Array(bytesMax);
    const text = new TextDecoder().decode(bytes.subarray(0, disk.read(file, bytes, 0)));
    const [leaseId, secret] = text.trim().split(" ");
    return leaseId === undefined || secret === undefined ? null : { leaseId, secret };
  } finally {
    disk.close(file);
  }
}
