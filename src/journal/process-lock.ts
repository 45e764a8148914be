/**
 * The one lock of all writers of a journal: byte 0 of a file that is never removed or renamed.
 *
 * Waiters ask again in short intervals, so that waiting ends at a deadline and leaves nothing behind.
 * Byte 1 is a turnstile that everybody takes for a moment on the way in: one who has waited for long
 * closes it, and the next free lock is theirs, so that nobody starves.
 *
 * The file's text is a note of 64 bytes, which says for people who took the lock last, and a table that
 * marks log files whose sync failed (see `settle` in housekeeping.ts): that one is decided on. A file is
 * marked by two bytes at places that its identity gives. Marks are made without the lock and only ever
 * add: none takes another's place, however late it comes. A file whose bytes others happen to have set is
 * suspect as well, which costs a rewrite of the log and loses nothing.
 */
import { openLockFile, tryLockFile } from "./advisory-lock.js";
import { crc32c } from "./crc32c.js";
import type { Disk, FileHandle } from "./disk.js";
import { guarded, JournalError, readFailed, writeFailed } from "./errors.js";

const lockByte = 0;
const turnstileByte = 1;
const noteBytes = 64;
const marksMax = 1_024;
const markSet = Buffer.from("!", "latin1");
const markUnset = Buffer.from(".", "latin1");
/** Attempts with a turn of the event loop between them, before waiting by the clock begins. */
const quickAttemptsMax = 2;
const pauseMs = 1;
/** How often to make sure that the lock file is still the one by that name. */
const identityCheckMs = 500;
/** Who has waited for so long closes the turnstile. */
const patienceMs = 25;

export class ProcessLock {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #waitMs: number;
  readonly #holderNote: Buffer;
  #file: FileHandle;
  #identity: string;
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** What this process marked, should the disk not have taken it. */
  readonly #marked = new Uint8Array(marksMax);
  readonly #text = Buffer.alloc(noteBytes + marksMax, " ");
  /** Bytes of it that the file had when it was last read. */
  #textLength = 0;

  constructor(disk: Disk, path: string, waitMs: number) {
    this.#disk = disk;
    this.#path = path;
    this.#waitMs = waitMs;
    ({ file: this.#file, identity: this.#identity } = openLockFile(disk, path));
    this.#holderNote = note(`process ${process.pid}`);
  }

  /** Asks once. */
  tryAcquire(): boolean {
    return this.#tryRange({ offset: lockByte, length: 2 });
  }

  /**
   * Resolves with the lock. Rejects with `journal/locked` when it was not free in time. `prepare` is called before
   * each attempt that a wait by the clock went before: what others did in the meantime need not be read under the
   * lock. What it throws ends the wait.
   */
  async acquire(prepare: () => void = () => undefined): Promise<void> {
    const started = performance.now();
    let turnstile = false;
    try {
      for (let attempt = 0; ; attempt += 1) {
        if (this.#tryRange({ offset: lockByte, length: turnstile ? 1 : 2 })) return;
        const waitedMs = performance.now() - started;
        if (waitedMs >= this.#waitMs) throw this.#locked(waitedMs);
        turnstile ||= waitedMs >= patienceMs && this.#try({ offset: turnstileByte, length: 1 });
        await pause(attempt);
        if (attempt >= quickAttemptsMax) prepare();
      }
    } catch (error) {
      if (turnstile) this.#disk.unlock(this.#file, { offset: turnstileByte, length: 1 });
      throw error;
    }
  }

  release(): void {
    this.#disk.unlock(this.#file, { offset: lockByte, length: 2 });
  }

  /** With the lock: notes who holds it. Returns whether the log file with this identity, if any, is suspect. */
  sign(identity?: string): boolean {
    this.#read();
    const holder = this.#text.subarray(0, noteBytes);
    if (!holder.equals(this.#holderNote)) this.#write(this.#holderNote, 0);
    return identity !== undefined && this.#isMarked(identity);
  }

  /** Whether somebody saw a sync of the log file with this identity fail. */
  isSuspect(identity: string): boolean {
    this.#read();
    return this.#isMarked(identity);
  }

  /** Notes, for all processes, that a sync of this log file failed. Needs no lock. */
  markSuspect(identity: string): void {
    const places = placesOf(identity);
    for (const place of places) this.#marked[place] = 1;
    for (const place of places) this.#write(markSet, noteBytes + place);
  }

  /** With the lock: `identity` was replaced by `next`, which was synced. What `next` is marked by stays. */
  unmark(identity: string, next: string): void {
    const kept = placesOf(next);
    for (const place of placesOf(identity)) {
      if (kept.includes(place)) continue;
      this.#marked[place] = 0;
      this.#write(markUnset, noteBytes + place);
    }
  }

  close(): void {
    this.#disk.close(this.#file);
  }

  #try(range: { offset: number; length: number }): boolean {
    return tryLockFile(this.#disk, this.#path, this.#file, range);
  }

  /** With the turnstile open again, whichever way it was passed. */
  #tryRange(range: { offset: number; length: number }): boolean {
    if (!this.#try(range)) return false;
    try {
      this.#disk.unlock(this.#file, { offset: turnstileByte, length: 1 });
      if (this.#isTheFile()) return true;
    } catch (error) {
      this.release();
      throw error;
    }
    return false;
  }

  /** Somebody may have removed the file against the rules: then its lock excludes nobody new. */
  #isTheFile(): boolean {
    const now = performance.now();
    if (now - this.#checkedAt < identityCheckMs) return true;
    this.#checkedAt = now;
    const path = this.#path;
    const there = guarded(path, "look at", () => this.#disk.stat(path));
    if (there?.identity === this.#identity) return true;
    const other = openLockFile(this.#disk, path);
    this.#disk.close(this.#file);
    ({ file: this.#file, identity: this.#identity } = other);
    return false;
  }

  #isMarked(identity: string): boolean {
    const isSet = (place: number): boolean =>
      this.#marked[place] === 1 || this.#text[noteBytes + place] === markSet[0];
    return placesOf(identity).every(isSet);
  }

  #read(): void {
    try {
      const length = this.#disk.read(this.#file, this.#text, 0);
      if (length < this.#textLength) this.#text.fill(" ", length);
      this.#textLength = length;
    } catch (cause) {
      throw readFailed(this.#path, "read", cause);
    }
  }

  #write(bytes: Buffer, position: number): void {
    try {
      this.#disk.overwrite(this.#file, bytes, position);
    } catch (cause) {
      throw writeFailed(this.#path, "write to", cause);
    }
  }

  #locked(waitedMs: number): JournalError {
    this.#read();
    const holder = this.#text.toString("latin1", 0, noteBytes).trim();
    return new JournalError({
      code: "journal/locked",
      path: this.#path,
      waitedMs: Math.round(waitedMs),
      holder: holder === "" ? null : holder,
    });
  }
}

function note(text: string): Buffer {
  return Buffer.from(`${text.padEnd(noteBytes - 1)}\n`, "latin1");
}

/** The last file asked about: it is the same one in every turn. */
let known: { readonly identity: string; readonly places: readonly number[] } | null = null;

/** Two places in the table. */
function placesOf(identity: string): readonly number[] {
  if (known?.identity === identity) return known.places;
  const sum = crc32c(Buffer.from(identity, "latin1"), 0, identity.length);
  const places = [sum % marksMax, (sum >>> 16) % marksMax];
  known = { identity, places };
  return places;
}

function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => {
    if (attempt < quickAttemptsMax) setImmediate(resolve);
    else setTimeout(resolve, pauseMs);
  });
}
