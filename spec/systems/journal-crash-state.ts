/** State, parameters, schema and rules of `journal-crash`. */
import { z } from "zod";

import type { Disk } from "./journal-crash-disk.js";
import { inodes } from "./journal-crash-disk.js";
import {
  type Checkpoint,
  type Line,
  type LogView,
  type RecordKind,
  checkpointOf,
  lineHealths,
  readLog,
  recordKinds,
  withoutTail,
} from "./journal-crash-log.js";
import type { WriterRecord } from "./journal-crash-writer.machine.js";

/** How often something may still go wrong. */
export interface Faults {
  readonly cuts: number;
  readonly deaths: number;
  readonly flips: number;
  readonly writes: number;
  readonly syncs: number;
  readonly compactions: number;
}

export interface JournalCrashState extends Disk {
  readonly writers: readonly WriterRecord[];
  /** Kinds of the records that were appended, in order, those of the log before a cut only as far as they survived it. */
  readonly appended: { readonly kinds: readonly RecordKind[] };
  /** By inode: it is marked, for all processes of this boot, as one whose sync failed. */
  readonly suspects: readonly boolean[];
  /** Records up to this one were acknowledged. */
  readonly acknowledged: number;
  readonly left: Faults;
}

/** What a writer does that a mutant does otherwise. */
export interface JournalRules {
  readLog(checkpoint: Checkpoint, lines: readonly Line[]): LogView | null;
  checkpointOf(view: LogView): Checkpoint;
  /** What it leaves of the lines before it appends. */
  kept(checkpoint: Checkpoint, lines: readonly Line[]): readonly Line[];
  /** The number of the next record, when it knows `count` records and the file's checkpoint answers for some. */
  seqAfter(count: number, checkpoint: Checkpoint): number;
  /** Damaged logs are not written to. */
  readonly refusesDamage: boolean;
  /** Looks, under the lock, at which file the name means. */
  readonly reopens: boolean;
  /** Reads, under the lock, what others appended. */
  readonly follows: boolean;
  /** A failed read is an empty log. */
  readonly readsErrorAsEmpty: boolean;
  readonly acknowledges: "after the sync" | "before the sync" | "after a failed sync as well";
  /**
   * Who sees a sync fail marks the file; a marked one is written anew, and nothing in it acknowledged. `the last
   * file`: there is one mark, and the next failure overwrites it.
   */
  readonly marks: "each file" | "the last file" | "no file";
  /** `own`: the bytes of the writer's own record. `nothing`: it does not sync. */
  readonly syncCovers: "file" | "own" | "nothing";
  readonly copyIsSynced: boolean;
  /** Who opens the file syncs its directory. */
  readonly openSyncsDirectory: "always" | "who made it" | "never";
  readonly renameSyncsDirectory: boolean;
  readonly compactionLocks: boolean;
}

export const journalRules: JournalRules = {
  readLog,
  checkpointOf,
  kept: withoutTail,
  seqAfter: (count) => count + 1,
  refusesDamage: true,
  reopens: true,
  follows: true,
  readsErrorAsEmpty: false,
  acknowledges: "after the sync",
  marks: "each file",
  syncCovers: "file",
  copyIsSynced: true,
  openSyncsDirectory: "always",
  renameSyncsDirectory: true,
  compactionLocks: true,
};

export type JournalVariant = Partial<JournalRules>;

const few = z.int().min(0).max(2);

export const journalCrashParameters = z.strictObject({
  records: z.int().min(1).max(4).default(3),
  kinds: z.enum(["leases", "all"]).default("leases"),
  cuts: few.default(1),
  deaths: few.default(0),
  flips: few.default(0),
  writes: few.default(0),
  syncs: few.default(0),
  compactions: few.default(0),
});
export type JournalCrashParameters = z.infer<typeof journalCrashParameters>;

export const writers = 2;

export function kindsOf({ kinds }: JournalCrashParameters): readonly RecordKind[] {
  return kinds === "all" ? recordKinds : recordKinds.slice(0, 3);
}

/** Lines of a file: the records and one that is torn. */
function linesMax({ records }: JournalCrashParameters): number {
  return records + 1;
}

export function journalCrashSchema(
  parameters: JournalCrashParameters,
  phases: readonly string[],
): z.ZodType<JournalCrashState> {
  const { records, flips, syncs } = parameters;
  const number = z.int().min(0).max(records);
  const synced = z.boolean();
  const inode = z
    .int()
    .min(0)
    .max(inodes - 1)
    .nullable();
  const kind = z.enum(kindsOf(parameters) as [RecordKind, ...RecordKind[]]);
  const health = z.enum(flips > 0 ? lineHealths : lineHealths.slice(0, 2));
  const dropped = syncs > 0 ? z.boolean() : z.literal(false);
  const line = z.strictObject({ seq: number, kind, durable: number, health, synced, dropped });
  const leases = { live: number, highest: number, beaten: z.boolean() };
  return z.strictObject({
    writers: z
      .array(
        z.strictObject({
          phase: z.enum(phases as [string, ...string[]]),
          inode,
          made: z.boolean(),
          count: number,
          durable: number,
          mine: number,
        }),
      )
      .length(writers),
    directory: z.strictObject({ current: inode, durable: inode }),
    checkpoints: z
      .array(z.strictObject({ ...leases, count: number, health, synced }))
      .length(inodes),
    files: z
      .array(z.strictObject({ lines: z.array(line).max(linesMax(parameters)) }))
      .length(inodes),
    appended: z.strictObject({ kinds: z.array(kind).max(records) }),
    suspects: z.array(dropped).length(inodes),
    acknowledged: number,
    left: faultsSchema(parameters),
  });
}

function faultsSchema({ cuts, deaths, flips, writes, syncs, compactions }: JournalCrashParameters) {
  const upTo = (max: number) => z.int().min(0).max(max);
  return z.strictObject({
    cuts: upTo(cuts),
    deaths: upTo(deaths),
    flips: upTo(flips),
    writes: upTo(writes),
    syncs: upTo(syncs),
    compactions: upTo(compactions),
  });
}
