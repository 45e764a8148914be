/** The actions of `journal-crash` that nobody decides: death, power cut, failed writes and syncs, a flipped bit. */
import { defineAction, replaceAt } from "../kernel/index.js";
import {
  afterCut,
  droppedFile,
  fateWords,
  fatesOf,
  linesOf,
  tornLine,
  unsyncedOf,
  withCheckpoint,
  withLine,
  withLines,
} from "./journal-crash-disk.js";
import {
  type JournalBench,
  type JournalEffect,
  type JournalFamily,
  decided,
  moved,
} from "./journal-crash-actions.js";
import { type Faults, type JournalCrashState, kindsOf, writers } from "./journal-crash-state.js";
import type { WriterRecord } from "./journal-crash-writer.machine.js";
import { at, indices } from "./worker-plane-members.js";

export function faultActions(bench: JournalBench): readonly JournalFamily[] {
  const { deaths, cuts, flips, writes, syncs } = bench.parameters;
  return [
    ...(writes > 0 ? [tearAppend(bench)] : []),
    ...(syncs > 0 ? [failToSync(bench)] : []),
    ...(deaths > 0 ? [die(bench)] : []),
    ...(cuts > 0 ? [cutPower(bench)] : []),
    ...(flips > 0 ? [flipBit(bench)] : []),
  ];
}

const overWriters = { writer: indices(writers) };

/** The state with one fault less to come. */
function spent(state: JournalCrashState, fault: keyof Faults): JournalCrashState {
  return { ...state, left: { ...state.left, [fault]: state.left[fault] - 1 } };
}

/** A write that ends half-way, because the disk is full or its process dies: a line without its end stays. */
function tearAppend(bench: JournalBench): JournalFamily {
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "tearAppend",
    over: overWriters,
    next: (state, { writer }) => {
      if (state.left.writes === 0 || at(state.writers, writer).phase !== "ready") return null;
      const made = kindsOf(bench.parameters).map((kind) => decided(bench, state, writer, kind));
      const inode = made.find((one) => one !== null)?.inode;
      if (inode === undefined) return null;
      const event = { type: "record.failed" } as const;
      return moved(bench, spent(state, "writes"), writer, event, (disk) =>
        withLine(disk, inode, tornLine(false)),
      );
    },
    effects: () => [{ type: "failed" }],
    actors: ({ writer }) => [`writer ${writer}`, "disk"],
  });
}

/** The sync fails, and the kernel takes what it was to write for written. Who sees it marks the file at once. */
function failToSync(bench: JournalBench): JournalFamily {
  const lies = bench.rules.acknowledges === "after a failed sync as well";
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "failToSync",
    over: overWriters,
    next: (state, { writer }) => {
      const { mine, inode } = at(state.writers, writer);
      if (state.left.syncs === 0 || inode === null) return null;
      const event = { type: "data.failed" } as const;
      const next = moved(bench, state, writer, event, (disk) => droppedFile(disk, inode));
      if (next === null) return null;
      const suspects = marked(bench, next.suspects, inode);
      const acknowledged = lies ? Math.max(mine, next.acknowledged) : next.acknowledged;
      return { ...spent(next, "syncs"), suspects, acknowledged };
    },
    effects: () => [{ type: "failed" }],
    actors: ({ writer }) => [`writer ${writer}`, "disk"],
  });
}

function marked({ rules }: JournalBench, suspects: readonly boolean[], inode: number) {
  switch (rules.marks) {
    case "each file":
      return replaceAt(suspects, inode, true);
    case "the last file":
      return suspects.map((_, other) => other === inode);
    case "no file":
      return suspects;
  }
}

/** A process ends; the kernel frees its lock and keeps what it wrote. Another one takes its place. */
function die(bench: JournalBench): JournalFamily {
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "die",
    over: overWriters,
    next: (state, { writer }) => {
      const { phase, inode } = at(state.writers, writer);
      if (state.left.deaths === 0 || (phase === "idle" && inode === null)) return null;
      return moved(bench, spent(state, "deaths"), writer, { type: "process.ended" });
    },
    actors: ({ writer }) => [`writer ${writer}`, "disk"],
  });
}

/** All processes end, the cache is gone. `name`: whether the change of the name that was not synced survives. */
function cutPower(bench: JournalBench): JournalFamily {
  const { records, writes } = bench.parameters;
  const ended = (writer: WriterRecord): WriterRecord =>
    bench.fire(writer, { type: "process.ended" }) ?? writer;
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "cutPower",
    over: { name: ["new", "old"], lines: fateWords(records + Math.min(writes, 1)) },
    next: (state, { name, lines }) => {
      const { current, durable } = state.directory;
      if (state.left.cuts === 0 || (name === "old" && current === durable)) return null;
      const inode = name === "new" ? current : durable;
      if (lines.length !== (inode === null ? 0 : unsyncedOf(state, inode))) return null;
      const { directory, checkpoints, files } = afterCut(state, inode, fatesOf(lines));
      return {
        ...spent(state, "cuts"),
        suspects: state.suspects.map(() => false),
        directory,
        checkpoints,
        files,
        writers: state.writers.map(ended),
      };
    },
    actors: () => ["power", "disk"],
  });
}

/** A bit of a line that is on the disk changes: of the checkpoint, or of the record at a place. */
function flipBit(bench: JournalBench): JournalFamily {
  const places = indices(bench.parameters.records + 1);
  return defineAction<JournalCrashState, JournalEffect>()({
    name: "flipBit",
    over: { line: places },
    next: (state, { line }) => {
      const inode = state.directory.current;
      if (state.left.flips === 0 || inode === null) return null;
      const checkpoint = at(state.checkpoints, inode);
      if (line === 0) {
        if (!checkpoint.synced || checkpoint.health !== "whole") return null;
        const disk = withCheckpoint(state, inode, { ...checkpoint, health: "flipped" });
        return { ...spent(state, "flips"), checkpoints: disk.checkpoints };
      }
      const lines = linesOf(state, inode);
      const hit = lines[line - 1];
      if (hit === undefined || !hit.synced || hit.health !== "whole") return null;
      const kinds = kindsOf(bench.parameters);
      const kind = at(kinds, (kinds.indexOf(hit.kind) + 1) % kinds.length);
      const disk = withLines(
        state,
        inode,
        replaceAt(lines, line - 1, { ...hit, kind, health: "flipped" }),
      );
      return { ...spent(state, "flips"), files: disk.files };
    },
    actors: () => ["disk", "disk"],
  });
}
