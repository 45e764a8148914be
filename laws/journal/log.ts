/**
 * What the journal laws read off a state, in their own words: nothing here is taken from the journal's reader.
 *
 * A line is readable when nothing of it is missing or changed and the line before it has an end.
 */
import type { RecordKind } from "../../spec/systems/journal-crash-log.js";

export interface JournalState {
  readonly writers: readonly { readonly phase: string; readonly inode: number | null }[];
  readonly directory: { readonly current: number | null };
  readonly checkpoints: readonly WrittenCheckpoint[];
  readonly files: readonly { readonly lines: readonly WrittenLine[] }[];
  readonly appended: { readonly kinds: readonly RecordKind[] };
  readonly acknowledged: number;
  readonly left: { readonly cuts: number };
}

export interface WrittenLine {
  readonly seq: number;
  readonly kind: RecordKind;
  readonly health: "whole" | "torn" | "flipped";
}

export interface Lease {
  readonly live: number;
  readonly highest: number;
  readonly beaten: boolean;
}

export interface WrittenCheckpoint extends Lease {
  readonly count: number;
  readonly health: "whole" | "torn" | "flipped";
}

/** What somebody who read the log was told; null when the reader gave up. */
export interface View extends ViewCounts {
  readonly records: readonly WrittenLine[];
  readonly leases: Lease;
}

interface ViewCounts {
  readonly count: number;
  readonly damaged: number;
  readonly tail: number;
}

export type Told =
  | { readonly type: "listing" | "followed"; readonly view: View | null }
  | { readonly type: "failed" }
  | {
      readonly type: "appended";
      readonly kind: RecordKind;
      readonly seq: number;
      readonly knew: number;
    };

/** The file that the name means. */
export interface WrittenFile {
  readonly checkpoint: WrittenCheckpoint;
  readonly lines: readonly WrittenLine[];
}

export function fileOf(state: JournalState): WrittenFile | null {
  const inode = state.directory.current;
  if (inode === null) return null;
  const checkpoint = state.checkpoints[inode];
  const lines = state.files[inode]?.lines;
  return checkpoint === undefined || lines === undefined ? null : { checkpoint, lines };
}

/** Whether the line at a place can be read. */
export function isReadable(lines: readonly WrittenLine[], place: number): boolean {
  return lines[place]?.health === "whole" && (place === 0 || lines[place - 1]?.health !== "torn");
}

export function readable({ lines }: WrittenFile): readonly WrittenLine[] {
  return lines.filter((_, place) => isReadable(lines, place));
}

/** The lines before the first that cannot be read. */
export function soundPrefix({ checkpoint, lines }: WrittenFile): readonly WrittenLine[] {
  if (checkpoint.health !== "whole") return [];
  const end = lines.findIndex((_, place) => !isReadable(lines, place));
  return end === -1 ? lines : lines.slice(0, end);
}

export function isSound(file: WrittenFile): boolean {
  return file.checkpoint.health === "whole" && soundPrefix(file).length === file.lines.length;
}

/** A bit was changed, and not in what a crash left behind a torn line. */
export function isDamaged({ checkpoint, lines }: WrittenFile): boolean {
  const bad = lines.find(({ health }) => health !== "whole");
  return checkpoint.health === "flipped" || bad?.health === "flipped";
}

export function isTorn({ lines }: WrittenFile): boolean {
  return lines.some(({ health }) => health === "torn");
}

/** Records the log holds, when all of it is sound. */
export function lengthOf(file: WrittenFile): number {
  return file.checkpoint.count + soundPrefix(file).length;
}

/** What records mean, from a start. */
export function replay(kinds: readonly RecordKind[], start: Lease = nothing): Lease {
  let { live, highest, beaten } = start;
  for (const kind of kinds) {
    if (kind === "grant") {
      highest += 1;
      live = highest;
      beaten = false;
    } else if (kind === "beat") {
      beaten = beaten || live > 0;
    } else if (kind === "release") {
      live = 0;
      beaten = false;
    }
  }
  return { live, highest, beaten };
}

const nothing: Lease = { live: 0, highest: 0, beaten: false };

export function sameLease(one: Lease, other: Lease): boolean {
  return one.live === other.live && one.highest === other.highest && one.beaten === other.beaten;
}

/** `token 2 live, highest 2, beaten`. */
export function show({ live, highest, beaten }: Lease): string {
  const lease = live === 0 ? "no lease" : `token ${live} live`;
  return `${lease}, highest ${highest}${beaten ? ", beaten" : ""}`;
}

/** What was told in a step, if somebody read the log in it. */
export function viewIn(effects: readonly Told[]): { readonly view: View | null } | null {
  for (const effect of effects) {
    if (effect.type === "listing" || effect.type === "followed") return effect;
  }
  return null;
}
