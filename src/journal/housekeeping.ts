/**
 * What is done to a log file as a whole, always under the process lock: made, cut, rewritten, compacted.
 *
 * A file gets its name only when all of it is on the disk, and the name is made to last before anything
 * is acknowledged on it. A crash therefore leaves the old file or the new one, and a log that is empty
 * or begins in the middle is damage, never "nothing yet".
 */
import type { Tail } from "./chain.js";
import type { FileHandle } from "./disk.js";
import { errnoOf, guarded, JournalError, writeFailed } from "./errors.js";
import type { Follower } from "./follower.js";
import { checkpointBytesMax, tornCopiesMax } from "./limits.js";
import type { ProcessLock } from "./process-lock.js";
import { asciiJson, checkedStamp, encodeLine, ownTypes } from "./record.js";
import { attempt, besideLog, namesOfKind, type Site, syncNames } from "./site.js";
import type { CompactionReport, Fold, Stamp, TornTail } from "./types.js";
import { LogFile, type View } from "./view.js";

const copyBytes = 1 << 20;

/** The checkpoint line of a file. `prev` and `seq` are those of the last record it answers for. */
export function checkpointLine<S>(
  fold: Fold<S>,
  state: S,
  at: Stamp,
  last: { readonly seq: number; readonly crc: number; readonly kept: number },
): Buffer {
  const { name, version } = fold;
  const data = { fold: name, foldVersion: version, kept: last.kept, state: fold.checkpoint(state) };
  const { bytes } = encodeLine({
    seq: last.seq,
    prev: last.crc,
    durable: last.seq,
    at: checkedStamp(at),
    type: ownTypes.checkpoint,
    dataText: asciiJson(data),
  });
  if (bytes.length <= checkpointBytesMax) return bytes;
  const found = `a checkpoint of ${bytes.length} bytes, ${checkpointBytesMax} is the most`;
  throw new JournalError({ code: "journal/bad-event", found });
}

/** Writes all of `bytes`, however many calls it takes. */
export function appendFully({ disk }: Site, file: FileHandle, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    const taken = disk.append(file, written === 0 ? bytes : bytes.subarray(written));
    if (taken === 0) throw Object.assign(new Error("nothing was written"), { code: "EIO" });
    written += taken;
  }
}

/**
 * Writes a new file under another name, makes it durable, has it checked, and only then gives it the
 * name of the log. Resolves when that name would survive a power cut as well.
 */
export async function replaceLog<T>(
  site: Site,
  doing: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  check: (file: LogFile) => T,
): Promise<{ readonly file: LogFile; readonly checked: T }> {
  const { disk, log } = site;
  const temporary = besideLog(site, "tmp");
  let file: LogFile | null = null;
  let renamed = false;
  try {
    file = new LogFile(site, disk.open(temporary, "create"));
    for await (const chunk of chunks) appendFully(site, file.handle, chunk);
    await disk.syncData(file.handle);
    const checked = check(file);
    disk.rename(temporary, log);
    renamed = true;
    await syncNames(site);
    file.nameIsDurable = true;
    return { file, checked };
  } catch (cause) {
    file?.done();
    if (renamed) throw inDoubt(log, doing, cause);
    attempt(() => disk.remove(temporary));
    throw writeFailed(log, doing, cause);
  }
}

/** The first file of a journal: the empty fold at `seq` 0. */
export async function createLog<S>(site: Site, fold: Fold<S>, at: Stamp): Promise<void> {
  const line = checkpointLine(fold, fold.initial(), at, { seq: 0, crc: 0, kept: 0 });
  const { file } = await replaceLog(site, "make", [line], () => undefined);
  file.done();
}

/** Files that a crashed compaction left under their other name. Under the lock nobody writes one. */
export function removeLeftovers(site: Site): void {
  attempt(() => {
    for (const path of namesOfKind(site, "tmp")) site.disk.remove(path);
  });
}

/**
 * Keeps a copy of an unfinished tail and cuts it off. The cut is durable before anything is appended:
 * otherwise a crash could bring back the old bytes behind new ones.
 */
export async function cutTornTail<S>(
  site: Site,
  view: View<S>,
  tail: Extract<Tail, { kind: "torn" }>,
): Promise<TornTail> {
  const { disk, log } = site;
  const { offset } = tail;
  const { seq } = view.scanner.chain;
  const copy = besideLog(site, "torn", `${Date.now().toString(36)}-${seq}`);
  let cut = false;
  try {
    const end = disk.statFile(view.file.handle).size;
    const file = disk.open(copy, "create");
    try {
      for (const chunk of chunksOf(site, view.file, offset, end)) appendFully(site, file, chunk);
      await disk.syncData(file);
    } finally {
      disk.close(file);
    }
    disk.truncate(view.file.handle, offset);
    cut = true;
    await disk.syncData(view.file.handle);
    attempt(() => {
      for (const old of namesOfKind(site, "torn").slice(0, -tornCopiesMax)) disk.remove(old);
    });
    return { offset, length: end - offset, after: seq, copy };
  } catch (cause) {
    if (cut) throw inDoubt(log, "cut an unfinished record off", cause);
    throw writeFailed(log, "cut an unfinished record off", cause);
  }
}

/**
 * After a failed sync nobody knows what of the file is on the disk: the kernel may have dropped the
 * pages and will not say so again, so that a later sync that succeeds proves nothing. What can be read
 * is therefore written once more, to a new file, and that file is synced. Then the log is what was
 * read, for everybody and after any crash; a record whose sync failed is in it or is not. Resolves with
 * the identity of the new file.
 */
export async function settle<S>(site: Site, view: View<S>): Promise<string> {
  const { position } = view.scanner.chain;
  const chunks = chunksOf(site, view.file, 0, position);
  const { file } = await replaceLog(site, "write anew, after a failed sync,", chunks, () => undefined);
  file.done();
  return file.identity;
}

/**
 * Replaces the log by a checkpoint of its fold and the lines to keep. The new file is read back and
 * has to fold to the same `seq` without damage before it gets the name. Everything up to that `seq` is
 * durable afterwards, whichever of the two files a crash leaves.
 */
export async function compactLog<S>(
  site: Site,
  fold: Fold<S>,
  follower: Follower<S>,
  at: Stamp,
): Promise<CompactionReport> {
  const { view } = follower;
  const { seq, crc, position: bytesBefore } = view.scanner.chain;
  const lines = view.linesToKeep();
  const header = checkpointLine(fold, view.state, at, { seq, crc, kept: lines.length });
  const chunks = function* (): Iterable<Uint8Array> {
    yield header;
    for (const { offset, length } of lines) yield* chunksOf(site, view.file, offset, offset + length);
  };
  const { checked } = await replaceLog(site, "compact", chunks(), (file) => {
    const fresh = follower.viewOf(file);
    while (fresh.scanner.advance(Number.POSITIVE_INFINITY) === "more");
    const sound = fresh.scanner.damage.length === 0 && fresh.scanner.tail.kind === "clean";
    if (!sound || fresh.scanner.chain.seq !== seq) {
      throw Object.assign(new Error("the new file does not read back"), { code: "EIO" });
    }
    return fresh;
  });
  follower.adopt(checked);
  const bytesAfter = checked.scanner.chain.position;
  return { seq, bytesBefore, bytesAfter, recordsKept: lines.length };
}

/** A sync failed when the log was changed already: what of it lasts is not known, see `settle`. */
export function inDoubt(path: string, doing: string, cause: unknown): JournalError {
  const errno = errnoOf(cause);
  return new JournalError({ code: "journal/unknown-outcome", path, doing, errno }, { cause });
}

/**
 * With the lock: when the error says that the log was changed and its sync failed, notes that the log has
 * to be written anew before anybody relies on it.
 */
export function noteDoubt({ disk, log }: Site, lock: ProcessLock, error: unknown): void {
  if (!(error instanceof JournalError) || error.failure.code !== "journal/unknown-outcome") return;
  const there = guarded(log, "look at", () => disk.stat(log));
  if (there !== null) lock.markSuspect(there.identity);
}

/** The bytes `[start, end)` of a file. */
export function* chunksOf({ disk }: Site, file: LogFile, start: number, end: number): Iterable<Uint8Array> {
  const chunk = Buffer.allocUnsafe(Math.min(copyBytes, Math.max(1, end - start)));
  for (let at = start; at < end; ) {
    const got = disk.read(file.handle, chunk.subarray(0, Math.min(chunk.length, end - at)), at);
    if (got === 0) throw Object.assign(new Error("the file is shorter than it was"), { code: "EIO" });
    yield chunk.subarray(0, got);
    at += got;
  }
}
