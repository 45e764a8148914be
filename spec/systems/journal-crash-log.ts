/**
 * The journal's decisions about a sequence of lines: what a reader makes of it, what it means, what a writer does
 * with its tail. Pure; a line is known by what a reader can tell of it, not by its bytes.
 *
 * A torn line has no line end: it takes the line behind it along. It is a tail, cut off with all that is behind it,
 * unless a record behind it says that this place was on the disk. Everything else that is bad is damage: it is
 * reported and never folded, reading goes on behind it, and nobody writes.
 */
import { unreachable } from "../kernel/index.js";

/** Types of records. `foreign` stands for a type that a newer version writes. */
export const recordKinds = ["grant", "beat", "release", "halt", "foreign"] as const;
export type RecordKind = (typeof recordKinds)[number];

/** `whole`: as written. `torn`: bytes that were never written. `flipped`: another bit, its checksum does not fit. */
export const lineHealths = ["whole", "torn", "flipped"] as const;
export type LineHealth = (typeof lineHealths)[number];

export interface Line {
  readonly seq: number;
  readonly kind: RecordKind;
  /** Records up to this one were on the disk, as far as its writer knew. */
  readonly durable: number;
  readonly health: LineHealth;
  /** It is on the disk, not in the cache alone. */
  readonly synced: boolean;
  /** A sync of it failed: the cache shows it, and no later sync writes it. */
  readonly dropped: boolean;
}

/** What the records mean: the lease there is, the highest token ever granted, and whether the lease was beaten. */
export interface Leases {
  /** Fencing token of the live lease; 0 when there is none. */
  readonly live: number;
  readonly highest: number;
  readonly beaten: boolean;
}

/** The first line of every file: what the records up to `count` mean. */
export interface Checkpoint extends Leases {
  readonly count: number;
  readonly health: LineHealth;
  readonly synced: boolean;
}

/** What a reader reports of a file. */
export interface LogView {
  /** Good records in order, those of the checkpoint not among them. */
  readonly records: readonly Line[];
  /** Records in the log: those of the checkpoint and the good ones. */
  readonly count: number;
  readonly leases: Leases;
  /** Newest record that is said to be on the disk. */
  readonly durable: number;
  /** Bad lines that are damage, the checkpoint among them. */
  readonly damaged: number;
  /** Lines, as they are split, that are a torn tail. */
  readonly tail: number;
}

export const noLeases: Leases = { live: 0, highest: 0, beaten: false };
export const emptyCheckpoint: Checkpoint = { ...noLeases, count: 0, health: "whole", synced: true };

/** One record more. Types that are not the lease's change nothing. */
export function applied(leases: Leases, kind: RecordKind): Leases {
  const { live, highest } = leases;
  switch (kind) {
    case "grant":
      return { live: highest + 1, highest: highest + 1, beaten: false };
    case "beat":
      return live === 0 ? leases : { ...leases, beaten: true };
    case "release":
      return { live: 0, highest, beaten: false };
    case "halt":
    case "foreign":
      return leases;
    default:
      return unreachable(kind);
  }
}

/** Whether a writer that sees these leases writes such a record. */
export function isAdmissible({ live }: Leases, kind: RecordKind): boolean {
  switch (kind) {
    case "grant":
      return live === 0;
    case "beat":
    case "release":
      return live !== 0;
    case "halt":
    case "foreign":
      return true;
    default:
      return unreachable(kind);
  }
}

/** A heartbeat is not worth a sync: losing one only ages a lease. */
export function isDurable(kind: RecordKind): boolean {
  return kind !== "beat";
}

/** A line as a reader splits the bytes: at line ends only. */
export interface Segment {
  /** The line it is, when it can be read. */
  readonly good: Line | null;
  /** Bytes are missing in it. */
  readonly isTorn: boolean;
  /** Where it begins among the lines that were written. */
  readonly start: number;
}

export function segmentsOf(lines: readonly Line[]): readonly Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  lines.forEach((line, place) => {
    if (line.health === "torn" && place < lines.length - 1) return;
    const isTorn = lines.slice(start, place + 1).some(({ health }) => health === "torn");
    segments.push({ good: !isTorn && line.health === "whole" ? line : null, isTorn, start });
    start = place + 1;
  });
  return segments;
}

/** Where the torn tail begins; the number of segments when there is none. */
function tailStart(segments: readonly Segment[], checkpoint: Checkpoint): number {
  const first = segments.findIndex(({ good }) => good === null);
  if (first === -1 || segments[first]?.isTorn !== true) return segments.length;
  const missing = checkpoint.count + first + 1;
  const isDisproved = segments
    .slice(first)
    .some(({ good }) => good !== null && good.durable >= missing);
  return isDisproved ? segments.length : first;
}

/** The report on a file. `apply` is what a record does to the leases. */
export function readLog(
  checkpoint: Checkpoint,
  lines: readonly Line[],
  apply: typeof applied = applied,
): LogView {
  const isCheckpointBad = checkpoint.health !== "whole";
  const segments = segmentsOf(lines);
  const end = isCheckpointBad ? segments.length : tailStart(segments, checkpoint);
  const records = segments.slice(0, end).flatMap(({ good }) => (good === null ? [] : [good]));
  const start = isCheckpointBad ? { ...noLeases, count: 0 } : checkpoint;
  return {
    records,
    count: start.count + records.length,
    leases: records.reduce((leases, { kind }) => apply(leases, kind), leasesOf(start)),
    durable: records.reduce((newest, { durable }) => Math.max(newest, durable), start.count),
    damaged: end - records.length + (isCheckpointBad ? 1 : 0),
    tail: segments.length - end,
  };
}

export function leasesOf({ live, highest, beaten }: Leases): Leases {
  return { live, highest, beaten };
}

/** What a writer leaves of the lines before it appends: all but the torn tail. */
export function withoutTail(checkpoint: Checkpoint, lines: readonly Line[]): readonly Line[] {
  const segments = segmentsOf(lines);
  const tail = segments[tailStart(segments, checkpoint)];
  return tail === undefined ? lines : lines.slice(0, tail.start);
}

/** What a compaction writes for a log. */
export function checkpointOf({ count, leases }: LogView): Checkpoint {
  return { ...leases, count, health: "whole", synced: false };
}
