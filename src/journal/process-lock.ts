/**
 * The one lock of all writers of a journal: byte 0 of a file that is never removed or renamed.
 *
 * Waiters ask again in short intervals, so that waiting ends at a deadline and leaves nothing behind.
 * Byte 1 is a turnstile that everybody takes for a moment on the way in: one who has waited for long
 * closes it, and the next free lock is theirs, so that nobody starves.
 *
 * The file's text is two notes of 64 bytes. The first says who took the lock last, for people. The
 * second names a log file whose sync failed (see `settle` in housekeeping.ts): that one is decided on.
 */
import { openLockFile, tryLockFile } from "./advisory-lock.js";
import type { Disk, FileHandle } from "./disk.js";
import { guarded, JournalError, readFailed, writeFailed } from "./errors.js";

const lockByte = 0;
const turnstileByte = 1;
const noteBytes = 64;
/** A turn of another process is shorter than this, most times: asking on is cheaper than waiting. */
const spinMs = 0.05;
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
  /** What this process marked, should the note not have been taken. */
  #marked: string | null = null;

  constructor(disk: Disk, path: string, waitMs: number) {
    this.#disk = disk;
    this.#path = path;
    this.#waitMs = waitMs;
    ({ file: this.#file, identity: this.#identity } = openLockFile(disk, path));
    this.#holderNote = note(`process ${process.pid}`);
  }

  /** Asks for a moment, without giving way. */
  tryAcquire(): boolean {
    const end = performance.now() + spinMs;
    do {
      if (this.#tryRange({ offset: lockByte, length: 2 })) return true;
    } while (performance.now() < end);
    return false;
  }

  /** Resolves with the lock. Rejects with `journal/locked` when it was not free in time. */
  async acquire(): Promise<void> {
    const started = performance.now();
    let turnstile = false;
    for (let attempt = 0; ; attempt += 1) {
      if (this.#tryRange({ offset: lockByte, length: turnstile ? 1 : 2 })) return;
      const waitedMs = performance.now() - started;
      if (waitedMs >= this.#waitMs) {
        if (turnstile) this.#disk.unlock(this.#file, { offset: turnstileByte, length: 1 });
        throw this.#locked(waitedMs);
      }
      turnstile ||= waitedMs >= patienceMs && this.#try({ offset: turnstileByte, length: 1 });
      await pause(attempt);
    }
  }

  release(): void {
    this.#disk.unlock(this.#file, { offset: lockByte, length: 2 });
  }

  /** With the lock: notes who holds it. Returns the log file that is suspect, or null. */
  sign(): string | null {
    const notes = this.#notes();
    if (!notes.subarray(0, noteBytes).equals(this.#holderNote)) {
      this.#write(this.#holderNote, 0);
    }
    return suspectIn(notes) ?? this.#marked;
  }

  suspect(): string | null {
    return suspectIn(this.#notes()) ?? this.#marked;
  }

  /** Names the log file whose sync failed; null when it has been replaced by one that was synced. */
  markSuspect(identity: string | null): void {
    this.#marked = identity;
    this.#write(note(identity === null ? "" : `suspect ${identity}`), noteBytes);
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

  #notes(): Buffer {
    const notes = Buffer.alloc(2 * noteBytes, " ");
    try {
      this.#disk.read(this.#file, notes, 0);
    } catch (cause) {
      throw readFailed(this.#path, "read", cause);
    }
    return notes;
  }

  #write(bytes: Buffer, position: number): void {
    try {
      this.#disk.overwrite(this.#file, bytes, position);
    } catch (cause) {
      throw writeFailed(this.#path, "write to", cause);
    }
  }

  #locked(waitedMs: number): JournalError {
    const holder = this.#notes().toString("latin1", 0, noteBytes).trim();
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

function suspectIn(notes: Buffer): string | null {
  const text = notes.toString("latin1", noteBytes).trim();
  return text.startsWith("suspect ") ? text.slice("suspect ".length) : null;
}

function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => {
    if (attempt < quickAttemptsMax) setImmediate(resolve);
    else setTimeout(resolve, pauseMs);
  });
}
