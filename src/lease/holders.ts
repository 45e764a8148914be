/**
 * Which processes live: each one keeps an exclusive lock on the byte of its number, a fencing token or a ticket,
 * in one file that is never removed. The kernel frees the byte when the last descriptor of the process goes.
 * Bytes are locked, never written.
 */
import { join } from "node:path";

import type { LaneEvidenceSet } from "../../spec/lane-lease/index.js";
import { type Disk, type FileHandle, openAdvisoryLock } from "../journal/index.js";

const fileName = "holders";

export interface Holders {
  /** Takes the byte of a number that nobody was given before. False: somebody holds it. */
  take(number: number): boolean;
  /** Frees it; nothing when it is not held here. */
  free(number: number): void;
  /** Nobody holds it. */
  isGone(number: number): boolean;
  /** The open file that holds the bytes: a child that inherits it keeps them. */
  readonly descriptor: number;
  /** Frees all. Afterwards nothing is taken and nobody counts as gone. */
  close(): void;
}

/** Throws a `JournalError` when the file cannot be opened or locked: who lives is unknown then, nobody is gone. */
export function openHolders(disk: Disk, directory: string): Holders {
  const opened: FileHandle[] = [];
  const noting: Disk = {
    ...disk,
    open: (path, mode) => {
      const file = disk.open(path, mode);
      opened.push(file);
      return file;
    },
  };
  const lock = openAdvisoryLock({ path: join(directory, fileName), disk: noting });
  // The lock holds with the file it opens first and probes with another.
  const [descriptor = -1] = opened;
  const held = new Set<number>();
  let open = true;
  return {
    take: (number) => {
      if (open && !held.has(number) && lock.tryLock(number)) held.add(number);
      return held.has(number);
    },
    free: (number) => {
      if (held.delete(number)) lock.unlock(number);
    },
    isGone: (number) => open && !held.has(number) && !lock.isHeld(number),
    descriptor,
    close: () => {
      if (open) lock.close();
      open = false;
      held.clear();
    },
  };
}

/** Evidence that is looked for when a decision asks for it. */
export interface Probing {
  /** Asks once for each number, so that one decision sees one world. It lists what was found so far. */
  readonly evidence: LaneEvidenceSet;
  /** Before the next decision. */
  forget(): void;
}

export function probing(isGone: (number: number) => boolean): Probing {
  const asked = new Map<number, boolean>();
  const has = (number: number): boolean => {
    const known = asked.get(number);
    if (known !== undefined) return known;
    const answer = isGone(number);
    asked.set(number, answer);
    return answer;
  };
  const found = (): Set<number> => new Set([...asked].flatMap(([number, answer]) => (answer ? [number] : [])));
  const gone: ReadonlySet<number> = {
    has,
    get size() {
      return found().size;
    },
    forEach: (visit) => found().forEach((one) => visit(one, one, gone)),
    entries: () => found().entries(),
    keys: () => found().keys(),
    values: () => found().values(),
    [Symbol.iterator]: () => found().values(),
  };
  return {
    evidence: { gone },
    forget: () => {
      if (asked.size > 0) asked.clear();
    },
  };
}
