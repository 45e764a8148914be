/**
 * System `journal-crash`: two writers append to one journal over a disk with a volatile cache.
 *
 * Injected, each a bounded number of times and at every call: a power cut that leaves any subset of the lines that
 * were not synced, whole or torn, and the old or the new meaning of the name; the death of a writer; a write that
 * ends half-way; a sync that fails and after which the kernel takes the bytes for written; read errors; one
 * flipped bit; compactions. Not injected: a disk that loses what it synced, a process that is paused or dies between
 * a failed sync and its mark on the file, a sync of a directory or of a copy that fails, several changes of the name
 * that are undone one by one, a clock. Writers of one process that share a sync are one writer here.
 *
 * Two writers and three records suffice: every law speaks of one record and those before it, of which one may be
 * another writer's and one unsynced. Words of a record are its type; its number and what it says to be durable are
 * fields. The bytes of a line, and the reader that meets any bytes, are the tests' business.
 */
import {
  type BuildOptions,
  type Configuration,
  type Model,
  type System,
  canonize,
  compileMachine,
  instrument,
} from "../kernel/index.js";
import { type JournalBench, type JournalEffect, writerActions } from "./journal-crash-actions.js";
import { inodes } from "./journal-crash-disk.js";
import { faultActions } from "./journal-crash-faults.js";
import { emptyCheckpoint } from "./journal-crash-log.js";
import {
  type JournalCrashParameters,
  type JournalCrashState,
  type JournalVariant,
  journalCrashParameters,
  journalCrashSchema,
  journalRules,
  writers,
} from "./journal-crash-state.js";
import {
  type WriterEvent,
  type WriterRecord,
  createWriterMachine,
  freshWriter,
} from "./journal-crash-writer.machine.js";
import { indices } from "./worker-plane-members.js";

export * from "./journal-crash-state.js";

const quiet = journalCrashParameters.parse({ records: 2, cuts: 0 });
const crash: JournalCrashParameters = { ...quiet, cuts: 1, deaths: 1 };
const tails: JournalCrashParameters = { ...quiet, cuts: 1, writes: 1 };
const compaction: JournalCrashParameters = { ...quiet, cuts: 1, compactions: 1 };
const syncs: JournalCrashParameters = { ...quiet, cuts: 1, syncs: 1 };
const damage: JournalCrashParameters = { ...quiet, flips: 1 };
const inert: JournalCrashParameters = { ...quiet, kinds: "all" };

const configurations: readonly Configuration<JournalCrashParameters>[] = [
  {
    name: "crash",
    purpose: "power cuts and deaths of writers",
    bounds: {
      small: crash,
      default: { ...crash, records: 3 },
      deep: { ...crash, records: 4, cuts: 2 },
    },
  },
  {
    name: "tails",
    purpose: "writes that end half-way, and what the next writer makes of them",
    bounds: {
      small: tails,
      default: { ...tails, records: 3, cuts: 2 },
      deep: { ...tails, records: 4, cuts: 2, deaths: 1 },
    },
  },
  {
    name: "compaction",
    purpose: "a file that is replaced while others append, and crashes at every call of it",
    bounds: {
      small: compaction,
      default: { ...compaction, records: 3, deaths: 1 },
      deep: { ...compaction, records: 3, deaths: 1, cuts: 2, compactions: 2 },
    },
  },
  {
    name: "syncs",
    purpose: "a sync that fails, and whose bytes no later sync writes",
    bounds: {
      small: syncs,
      default: { ...syncs, records: 3, deaths: 1 },
      deep: { ...syncs, records: 3, deaths: 1, syncs: 2, compactions: 1 },
    },
  },
  {
    name: "damage",
    purpose: "one flipped bit, and reads that fail",
    bounds: {
      small: damage,
      default: { ...damage, records: 3, compactions: 1 },
      deep: { ...damage, records: 3, compactions: 1, cuts: 1 },
    },
  },
  {
    name: "inert",
    purpose: "records of every type, those that change no lease among them",
    bounds: {
      small: inert,
      default: { ...inert, records: 3 },
      deep: { ...inert, records: 3, compactions: 1 },
    },
  },
];

export const journalCrash: System<
  JournalCrashParameters,
  JournalVariant,
  JournalCrashState,
  JournalEffect
> = {
  name: "journal-crash",
  title: "Two writers append to one journal over a disk with a volatile cache",
  parameters: journalCrashParameters,
  configurations,
  build,
};

function build(
  parameters: JournalCrashParameters,
  variant: JournalVariant = {},
  options: BuildOptions = {},
): Model<JournalCrashState, JournalEffect> {
  const rules = { ...journalRules, ...variant };
  const compiled = compileMachine<WriterRecord, WriterEvent>(createWriterMachine(), {
    stateField: "phase",
  });
  const member = instrument("writer", compiled, options);
  const numbers = new Map<string, number>();
  const fire: JournalBench["fire"] = (writer, event) => {
    const key = "inode" in event || "seq" in event ? Object.values(event).join(" ") : event.type;
    const number = numbers.get(key) ?? member.event(event);
    numbers.set(key, number);
    const step = member.fire(writer, number);
    return step.taken === -1 ? null : step.next;
  };
  const locking = new Set(
    compiled.leaves.filter(({ tags }) => tags.includes("locks")).map(({ key }) => key),
  );
  const copying = ["copying", "copied", "renamed"];
  const bench: JournalBench = {
    parameters,
    rules,
    fire,
    locks: ({ phase }) => locking.has(phase) && (rules.compactionLocks || !copying.includes(phase)),
  };
  return {
    name: journalCrash.name,
    parameters,
    schema: journalCrashSchema(
      parameters,
      compiled.leaves.map(({ key }) => key),
    ),
    initial: [initialOf(parameters, compiled.initialLeaf)],
    actions: [...writerActions(bench), ...faultActions(bench)],
    machines: [member.machine],
  };
}

function initialOf(parameters: JournalCrashParameters, phase: string): JournalCrashState {
  const { cuts, deaths, flips, writes, syncs, compactions } = parameters;
  const writer = canonize({ phase, ...freshWriter });
  const checkpoint = canonize({ ...emptyCheckpoint });
  const file = canonize({ lines: [] });
  return {
    writers: indices(writers).map(() => writer),
    directory: canonize({ current: null, durable: null }),
    checkpoints: indices(inodes).map(() => checkpoint),
    files: indices(inodes).map(() => file),
    appended: canonize({ kinds: [] }),
    suspects: indices(inodes).map(() => false),
    acknowledged: 0,
    left: canonize({ cuts, deaths, flips, writes, syncs, compactions }),
  };
}
