/**
 * The actions of `journal-crash`: what writers do, and what happens to them.
 *
 * An action is one call of a writer with what the chart makes of its answer. `Rules` are the decisions that a
 * mutant replaces; a call that it leaves out is still a step, in which nothing happens on the disk.
 */
import { type ActionFamily, defineAction, invariant, replaceAt } from "../kernel/index.js";
import {
  type Disk,
  linesOf,
  syncedFile,
  syncedName,
  withBlank,
  withCheckpoint,
  withCopy,
  withLine,
  withLines,
  withName,
} from "./journal-crash-disk.js";
import {
  type Checkpoint,
  type Line,
  type LogView,
  type RecordKind,
  emptyCheckpoint,
  isAdmissible,
  isDurable,
} from "./journal-crash-log.js";
import {
  type JournalCrashParameters,
  type JournalCrashState,
  type JournalRules,
  kindsOf,
  writers,
} from "./journal-crash-state.js";
import type { WriterEvent, WriterRecord } from "./journal-crash-writer.machine.js";
import { at, indices } from "./worker-plane-members.js";

/** What somebody was told. */
export type JournalEffect =
  | {
      /** What a reader makes of the log: null when it gave up. */
      readonly type: "listing" | "followed";
      readonly view: LogView | null;
    }
  | { readonly type: "failed" }
  | {
      readonly type: "appended";
      readonly kind: RecordKind;
      readonly seq: number;
      /** Records its writer knew when it decided. */
      readonly knew: number;
    };

export interface JournalBench {
  readonly parameters: JournalCrashParameters;
  readonly rules: JournalRules;
  fire(writer: WriterRecord, event: WriterEvent): WriterRecord | null;
  locks(writer: WriterRecord): boolean;
}

export type JournalFamily = ActionFamily<JournalCrashState, JournalEffect>;

/** The state with a writer moved on and the disk changed. Null when the chart has no such arrow. */
export function moved(
  bench: JournalBench,
  state: JournalCrashState,
  writer: number,
  event: WriterEvent,
  change: (disk: Disk) => Disk = unchanged,
): JournalCrashState | null {
  const next = bench.fire(at(state.writers, writer), event);
  if (next === null) return null;
  const { directory, checkpoints, files } = change(state);
  const { appended, suspects, acknowledged, left } = state;
  const moved = replaceAt(state.writers, writer, next);
  return { writers: moved, directory, checkpoints, files, appended, suspects, acknowledged, left };
}

function unchanged(disk: Disk): Disk {
  return disk;
}

const overWriters = { writer: indices(writers) };

function actors({ writer }: { readonly writer: number }): readonly [string, string] {
  return [`writer ${writer}`, "disk"];
}

export function writerActions(bench: JournalBench): readonly JournalFamily[] {
  return [
    lock(bench),
    follow(bench),
    failToRead(bench),
    syncDirectory(bench),
    append(bench),
    decideNothing(bench),
    sync(bench),
    ...copyActions(bench),
    list(bench),
    failToList(bench),
  ];
}

function copyActions(bench: JournalBench): readonly JournalFamily[] {
  const { compactions, syncs } = bench.parameters;
  const copies = [
    ...(compactions > 0 ? [compact(bench)] : []),
    ...(syncs > 0 ? [rewrite(bench)] : []),
  ];
  return copies.length === 0 ? [] : [...copies, syncCopy(bench), renameCopy(bench)];
}

function isLockFree({ locks }: JournalBench, state: JournalCrashState): boolean {
  return !state.writers.some(locks);
}

function lock(bench: JournalBench): JournalFamily {
  const { records } = bench.parameters;
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "lock",
    over: overWriters,
    next: (state, { writer }) => {
      const { appended, suspects, left } = state;
      const isUseful =
        appended.kinds.length < records || left.compactions > 0 || suspects.includes(true);
      if (!isUseful || !isLockFree(bench, state)) return null;
      return moved(bench, state, writer, { type: "lock.granted" });
    },
    actors,
  });
}

/** The inode a writer works on, and what it reads there. */
function look(bench: JournalBench, state: JournalCrashState, writer: number) {
  const { rules } = bench;
  const { inode: open } = at(state.writers, writer);
  const inode = rules.reopens || open === null ? state.directory.current : open;
  if (inode === null) return null;
  return { inode, view: rules.readLog(at(state.checkpoints, inode), linesOf(state, inode)) };
}

/** Opens the file the name means, makes it when there is none, cuts off a torn tail, reads what is new. */
function follow(bench: JournalBench): JournalFamily {
  const { rules } = bench;
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "follow",
    over: overWriters,
    next: (state, { writer }) => {
      if (at(state.writers, writer).phase !== "locked") return null;
      const found = look(bench, state, writer);
      if (found === null) return make(bench, state, writer);
      const { inode, view } = found;
      if (view === null) return moved(bench, state, writer, { type: "log.refused" });
      if (rules.refusesDamage && view.damaged > 0)
        return moved(bench, state, writer, { type: "log.refused" });
      const { inode: open, count } = at(state.writers, writer);
      const known = rules.follows || open === null ? view.count : count;
      const event = {
        type: "log.followed",
        inode,
        made: false,
        count: known,
        durable: view.durable,
      } as const;
      const kept = rules.kept(at(state.checkpoints, inode), linesOf(state, inode));
      return moved(bench, state, writer, event, (disk) => withLines(disk, inode, kept));
    },
    effects: (state, { writer }) => {
      const found = look(bench, state, writer);
      return found === null ? [] : [{ type: "followed", view: found.view }];
    },
    actors,
  });
}

/** The file is made under another name, synced, and given its name: seen whole or not at all. */
function make(
  bench: JournalBench,
  state: JournalCrashState,
  writer: number,
): JournalCrashState | null {
  const event = { type: "log.followed", inode: 0, made: true, count: 0, durable: 0 } as const;
  return moved(bench, state, writer, event, (disk) => withName(withBlank(disk, 0), { current: 0 }));
}

/** A read error under the lock: the writer goes away with it. */
function failToRead(bench: JournalBench): JournalFamily {
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "failToRead",
    over: overWriters,
    next: (state, { writer }) => {
      const inode = state.directory.current;
      if (inode === null || at(state.writers, writer).phase !== "locked") return null;
      if (!bench.rules.readsErrorAsEmpty)
        return moved(bench, state, writer, { type: "log.refused" });
      return moved(bench, state, writer, {
        type: "log.followed",
        inode,
        made: false,
        count: 0,
        durable: 0,
      });
    },
    effects: () => [{ type: "failed" }],
    actors,
  });
}

/** After opening, and after a rename: the name is on the disk before anything rests on it. */
function syncDirectory(bench: JournalBench): JournalFamily {
  const { rules } = bench;
  const isCalled = ({ phase, made }: WriterRecord): boolean => {
    if (phase === "renamed") return rules.renameSyncsDirectory;
    return (
      rules.openSyncsDirectory === "always" || (made && rules.openSyncsDirectory === "who made it")
    );
  };
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "syncDirectory",
    over: overWriters,
    next: (state, { writer }) => {
      const change = isCalled(at(state.writers, writer)) ? syncedName : unchanged;
      const next = moved(bench, state, writer, { type: "directory.synced" }, change);
      if (next === null) return null;
      const suspects = replaceAt(next.suspects, otherInode(next), false);
      return withoutUnreachable({ ...next, suspects });
    },
    actors,
  });
}

/** A file that neither a name, before or after a power cut, nor a writer refers to is gone. A copy has its own name. */
function withoutUnreachable(state: JournalCrashState): JournalCrashState {
  const { current, durable } = state.directory;
  const other = otherInode(state);
  const isCopy = state.writers.some(({ phase }) => phase === "copying" || phase === "copied");
  const isOpen = state.writers.some(({ inode }) => inode === other);
  if (current === null || durable === other || isCopy || isOpen) return state;
  const { checkpoints, files } = withBlank(state, other);
  return { ...state, checkpoints, files };
}

/** The record a writer would append: number, and how many it knew. Null when it would not. */
export function decided(
  bench: JournalBench,
  state: JournalCrashState,
  writer: number,
  kind: RecordKind,
) {
  const { rules, parameters } = bench;
  const { phase, inode, count } = at(state.writers, writer);
  if (phase !== "ready" || inode === null || state.appended.kinds.length >= parameters.records)
    return null;
  const checkpoint = at(state.checkpoints, inode);
  const known = rules.readLog(checkpoint, knownLines(checkpoint, linesOf(state, inode), count));
  if (known === null || !isAdmissible(known.leases, kind)) return null;
  return { inode, seq: rules.seqAfter(count, checkpoint), knew: count };
}

/** The lines of the records a writer knows. */
function knownLines(
  checkpoint: Checkpoint,
  lines: readonly Line[],
  count: number,
): readonly Line[] {
  return lines.slice(0, Math.max(0, count - checkpoint.count));
}

const unwritten = { synced: false, dropped: false } as const;

/** Writes the whole record and gives the lock back; a record that is to last is then synced. */
function append(bench: JournalBench): JournalFamily {
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "append",
    over: { ...overWriters, kind: kindsOf(bench.parameters) },
    next: (state, { writer, kind }) => {
      const made = decided(bench, state, writer, kind);
      if (made === null || made.seq > bench.parameters.records) return null;
      const { durable } = at(state.writers, writer);
      const line: Line = { seq: made.seq, kind, durable, health: "whole", ...unwritten };
      const event = { type: "record.appended", seq: made.seq, durable: isDurable(kind) } as const;
      const next = moved(bench, state, writer, event, (disk) => withLine(disk, made.inode, line));
      if (next === null) return null;
      const { count } = logOf(state);
      const appended = { kinds: [...state.appended.kinds.slice(0, count), kind] };
      const isEarly = bench.rules.acknowledges === "before the sync" && isDurable(kind);
      return isEarly ? { ...acknowledge(next, made.seq), appended } : { ...next, appended };
    },
    effects: (state, { writer, kind }) => {
      const made = decided(bench, state, writer, kind);
      return made === null ? [] : [{ type: "appended", kind, seq: made.seq, knew: made.knew }];
    },
    actors,
  });
}

/** How many records the file has that the name means, whoever reads it. */
function logOf(state: JournalCrashState): { readonly count: number } {
  const inode = state.directory.current;
  invariant(inode !== null, "a writer appends to a journal that has no name");
  const whole = linesOf(state, inode).filter(({ health }) => health === "whole");
  return { count: at(state.checkpoints, inode).count + whole.length };
}

function acknowledge(state: JournalCrashState, seq: number): JournalCrashState {
  return seq > state.acknowledged ? { ...state, acknowledged: seq } : state;
}

/** A refusal: nothing is written. */
function decideNothing(bench: JournalBench): JournalFamily {
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "decideNothing",
    over: overWriters,
    next: (state, { writer }) => moved(bench, state, writer, { type: "nothing.decided" }),
    actors,
  });
}

/**
 * Without the lock: everything written to the file so far is on the disk, and the record is acknowledged, unless
 * the file is marked as one whose sync has failed.
 */
function sync(bench: JournalBench): JournalFamily {
  const { syncCovers } = bench.rules;
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "sync",
    over: overWriters,
    next: (state, { writer }) => {
      const { inode, mine, phase } = at(state.writers, writer);
      if (phase !== "syncing" || inode === null) return null;
      const change = (disk: Disk): Disk => {
        if (syncCovers === "nothing") return disk;
        return syncCovers === "own" ? syncedRecord(disk, inode, mine) : syncedFile(disk, inode);
      };
      if (at(state.suspects, inode)) {
        return moved(bench, state, writer, { type: "data.failed" }, change);
      }
      const next = moved(bench, state, writer, { type: "data.synced" }, change);
      return next === null ? null : acknowledge(next, mine);
    },
    actors,
  });
}

function syncedRecord(disk: Disk, inode: number, seq: number): Disk {
  const lines = linesOf(disk, inode).map((line) =>
    line.seq === seq ? { ...line, synced: true } : line,
  );
  return withLines(disk, inode, lines);
}

function otherInode({ directory }: Disk): number {
  return directory.current === 0 ? 1 : 0;
}

/** Writes a checkpoint of what it read to a file of another name. An inode that somebody has open is not free. */
function compact(bench: JournalBench): JournalFamily {
  const { rules } = bench;
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "compact",
    over: overWriters,
    next: (state, { writer }) => {
      const { inode: open, phase } = at(state.writers, writer);
      const inode = otherInode(state);
      if (phase !== "ready" || open === null || state.left.compactions === 0) return null;
      if (state.writers.some((one) => one.inode === inode)) return null;
      const view = rules.readLog(at(state.checkpoints, open), linesOf(state, open));
      if (view === null || view.count === 0) return null;
      const copy = rules.checkpointOf(view);
      const next = moved(bench, state, writer, { type: "copy.written" }, (disk) =>
        withCheckpoint(withBlank(disk, inode), inode, copy),
      );
      if (next === null) return null;
      return { ...next, left: { ...next.left, compactions: next.left.compactions - 1 } };
    },
    actors,
  });
}

/** Writes the whole file once more, after a sync of it failed. */
function rewrite(bench: JournalBench): JournalFamily {
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "rewrite",
    over: overWriters,
    next: (state, { writer }) => {
      const { inode: open } = at(state.writers, writer);
      const inode = otherInode(state);
      if (open === null || !at(state.suspects, open) || open === inode) return null;
      if (state.writers.some((one) => one.inode === inode)) return null;
      return moved(bench, state, writer, { type: "copy.written" }, (disk) =>
        withCopy(disk, open, inode),
      );
    },
    actors,
  });
}

function syncCopy(bench: JournalBench): JournalFamily {
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "syncCopy",
    over: overWriters,
    next: (state, { writer }) => {
      const change = bench.rules.copyIsSynced
        ? (disk: Disk) => syncedFile(disk, otherInode(disk))
        : unchanged;
      return moved(bench, state, writer, { type: "copy.synced" }, change);
    },
    actors,
  });
}

/** The name means the copy. What it meant is gone as soon as nobody has it open and the change is on the disk. */
function renameCopy(bench: JournalBench): JournalFamily {
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "renameCopy",
    over: overWriters,
    next: (state, { writer }) => {
      const inode = otherInode(state);
      return moved(bench, state, writer, { type: "copy.renamed", inode }, (disk) =>
        withName(disk, { current: inode }),
      );
    },
    actors,
  });
}

function listing({ rules }: JournalBench, state: JournalCrashState): LogView | null {
  const inode = state.directory.current;
  if (inode === null) return rules.readLog(emptyCheckpoint, []);
  return rules.readLog(at(state.checkpoints, inode), linesOf(state, inode));
}

/** Somebody reads the log without the lock. */
function list(bench: JournalBench): JournalFamily {
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "list",
    over: {},
    next: (state) => state,
    effects: (state) => [{ type: "listing", view: listing(bench, state) }],
    actors: () => ["reader", "disk"],
  });
}

function failToList(bench: JournalBench): JournalFamily {
  const { rules } = bench;
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "failToList",
    over: {},
    next: (state) => (state.directory.current === null ? null : state),
    effects: () =>
      rules.readsErrorAsEmpty
        ? [{ type: "listing", view: rules.readLog(emptyCheckpoint, []) }]
        : [{ type: "failed" }],
    actors: () => ["reader", "disk"],
  });
}
