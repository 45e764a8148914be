/**
 * A disk with a volatile cache: two inodes, one name, and what of both survives a power cut.
 *
 * Everybody reads the cache, also what a failed sync has dropped from it for good: no later sync writes that, and
 * only a copy of it lasts. A cut leaves, of the lines that were not synced, any subset, each whole or torn, and
 * of a name that was not synced the old or the new meaning; what was synced stays. A line that is missing between
 * two that are there is bytes without a line end, like a torn one. Cutting off a tail is not synced by itself: its
 * return after a power cut is the same as a torn tail, which is reached otherwise.
 */
import { replaceAt } from "../kernel/index.js";
import { type Checkpoint, type Line, emptyCheckpoint } from "./journal-crash-log.js";
import { at } from "./worker-plane-members.js";

/** What the name means: the inode, or nothing. */
export interface Directory {
  readonly current: number | null;
  /** What it means after a power cut, if the change is not synced. */
  readonly durable: number | null;
}

export interface Disk {
  readonly directory: Directory;
  /** By inode. */
  readonly checkpoints: readonly Checkpoint[];
  /** By inode. */
  readonly files: readonly { readonly lines: readonly Line[] }[];
}

export const inodes = 2;

/** What becomes of a line that was not synced. */
export type Fate = "kept" | "torn" | "lost";

const fateOf: Readonly<Record<string, Fate>> = { k: "kept", t: "torn", l: "lost" };

/**
 * The fates of up to so many lines, oldest first, as words: `k` kept, `t` torn, `l` lost. A line that is torn or
 * lost before one that is kept reads the same, and so does what is behind a torn last one: one word each.
 */
export function fateWords(linesMax: number): readonly string[] {
  const words = [""];
  let subsets: readonly string[] = [""];
  for (let length = 1; length <= linesMax; length += 1) {
    subsets = subsets.flatMap((word) => [`${word}k`, `${word}l`]);
    words.push(
      ...subsets.flatMap((word) => (word.endsWith("l") ? [word, tornBehind(word)] : [word])),
    );
  }
  return words;
}

/** The same with the first line behind the last kept one torn instead of lost. */
function tornBehind(word: string): string {
  const end = word.lastIndexOf("k") + 1;
  return `${word.slice(0, end)}t${word.slice(end + 1)}`;
}

export function fatesOf(word: string): readonly Fate[] {
  return Array.from(word, (letter) => fateOf[letter] as Fate);
}

export function linesOf(disk: Disk, inode: number): readonly Line[] {
  return at(disk.files, inode).lines;
}

export function withLines(disk: Disk, inode: number, lines: readonly Line[]): Disk {
  return { ...disk, files: replaceAt(disk.files, inode, { lines }) };
}

/** One line more at the end. */
export function withLine(disk: Disk, inode: number, line: Line): Disk {
  return withLines(disk, inode, [...linesOf(disk, inode), line]);
}

export function withCheckpoint(disk: Disk, inode: number, checkpoint: Checkpoint): Disk {
  return { ...disk, checkpoints: replaceAt(disk.checkpoints, inode, checkpoint) };
}

export function withName(disk: Disk, change: Partial<Directory>): Disk {
  return { ...disk, directory: { ...disk.directory, ...change } };
}

/** The file's bytes are on the disk, but for those that a failed sync has dropped. */
export function syncedFile(disk: Disk, inode: number): Disk {
  const lines = linesOf(disk, inode).map((line) =>
    line.synced || line.dropped ? line : { ...line, synced: true },
  );
  const checkpoint = { ...at(disk.checkpoints, inode), synced: true };
  return withCheckpoint(withLines(disk, inode, lines), inode, checkpoint);
}

export function syncedName(disk: Disk): Disk {
  return withName(disk, { durable: disk.directory.current });
}

/** A sync fails: what it was to write stays in the cache alone, and counts there as written. */
export function droppedFile(disk: Disk, inode: number): Disk {
  const lines = linesOf(disk, inode).map((line) =>
    line.synced ? line : { ...line, dropped: true },
  );
  return withLines(disk, inode, lines);
}

/** The file again in another inode, to be synced anew. */
export function withCopy(disk: Disk, from: number, to: number): Disk {
  const lines = linesOf(disk, from).map((line) => ({ ...line, synced: false, dropped: false }));
  const checkpoint = { ...at(disk.checkpoints, from), synced: false };
  return withCheckpoint(withLines(disk, to, lines), to, checkpoint);
}

/** An inode as it is before anything is written to it. */
export function withBlank(disk: Disk, inode: number): Disk {
  return withCheckpoint(withLines(disk, inode, []), inode, emptyCheckpoint);
}

/** How many fates a power cut decides when this inode survives. */
export function unsyncedOf(disk: Disk, inode: number): number {
  const lines = linesOf(disk, inode).filter(({ synced }) => !synced).length;
  return lines + (at(disk.checkpoints, inode).synced ? 0 : 1);
}

/** The disk after a power cut: the surviving inode with a fate for each unsynced line, everything else gone. */
export function afterCut(disk: Disk, inode: number | null, fates: readonly Fate[]): Disk {
  let next: Disk = { ...disk, directory: { current: inode, durable: inode } };
  for (let other = 0; other < inodes; other += 1)
    if (other !== inode) next = withBlank(next, other);
  if (inode === null) return next;
  const rest = [...fates];
  const checkpoint = at(disk.checkpoints, inode);
  const survived = checkpoint.synced ? checkpoint : survivingCheckpoint(checkpoint, rest.shift());
  const lines = linesOf(disk, inode).map((line) =>
    line.synced ? line : survivingLine(line, rest.shift()),
  );
  return withCheckpoint(withLines(next, inode, settled(lines)), inode, survived);
}

/** Of a checkpoint that is lost or torn nothing can be read. */
function survivingCheckpoint(checkpoint: Checkpoint, fate: Fate | undefined): Checkpoint {
  return fate === "kept" ? { ...checkpoint, synced: true } : { ...emptyCheckpoint, health: "torn" };
}

function survivingLine(line: Line, fate: Fate | undefined): Line | null {
  if (fate === "lost") return null;
  return fate === "torn" ? tornLine(true) : { ...line, synced: true, dropped: false };
}

/** Bytes of which nobody knows whose they are. */
export function tornLine(synced: boolean): Line {
  return { seq: 0, kind: "grant", durable: 0, health: "torn", synced, dropped: false };
}

/** Missing lines at the end are no bytes at all, elsewhere they are torn; neighbours that are torn are one. */
function settled(lines: readonly (Line | null)[]): readonly Line[] {
  const end = lines.findLastIndex((line) => line !== null) + 1;
  const kept = lines.slice(0, end).map((line) => line ?? tornLine(true));
  return kept.filter(
    ({ health }, place) => health !== "torn" || kept[place - 1]?.health !== "torn",
  );
}
