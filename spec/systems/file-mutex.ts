/**
 * System `file-mutex`: processes that guard a critical section with a file, one system call a step.
 *
 * Injected: a pause anywhere (every interleaving of calls), death at every step, a lock file left behind by a
 * process that died before; with `clock: "arbitrary"` a TTL that passes, or a clock that is set back, at any
 * moment; with `pidReuse` a foreign process under the number of a dead one. With `clock: "orderly"` the TTL passes
 * only while nobody is between `begin` and the end of an attempt: no pause and no critical section outlives it.
 * Not injected: descriptors shared by fork, filesystems whose locks are per process or lost over a network, power
 * loss (a lock does not outlive the host). Processes attempt again without limit; each dies at most once. Two to
 * four suffice: the law speaks of two, a third stands in the gap between them, and a fourth finds nothing more.
 */
import { z } from "zod";

import {
  type ActionFamily,
  type BuildOptions,
  type Configuration,
  type Model,
  type System,
  canonize,
  compileMachine,
  defineAction,
  idOf,
  indexedBy,
  instrument,
  replaceAt,
} from "../kernel/index.js";
import {
  type Answer,
  type Call,
  type Caller,
  type FileSystem,
  type Owner,
  blankInode,
  closed,
  noHandles,
  perform,
  stamped,
} from "./file-mutex-kernel.js";
import {
  type LockContext,
  type LockEvent,
  type LockProtocol,
  advisoryLock,
} from "./file-mutex-protocols.js";
import { at, indices } from "./worker-plane-members.js";

/** A process: where it is in its protocol, and what it remembers. */
export interface MutexProcess extends LockContext {
  readonly at: string;
}

export interface FileMutexState extends FileSystem {
  readonly processes: readonly MutexProcess[];
  /** By process: its process id belongs to somebody else by now. */
  readonly reused: readonly boolean[];
  /** The same of the owner that died before all began. */
  readonly formerReused: boolean;
}

/** What a step was: the call and what it said. */
export interface CallEffect {
  readonly type: Call;
  readonly answer: string;
}

/** Broken parts for mutants. */
export interface FileMutexVariant {
  readonly protocol?: LockProtocol;
  /** All processes write one label. */
  readonly oneLabel?: boolean;
}

/** Bounds of the model. */
export const fileMutexParameters = z.strictObject({
  processes: z.int().min(2).max(4).default(3),
  deaths: z.int().min(0).max(4).default(1),
  clock: z.enum(["orderly", "arbitrary"]).default("orderly"),
  pidReuse: z.boolean().default(false),
});
/** Parsed values of `fileMutexParameters`. */
export type FileMutexParameters = z.infer<typeof fileMutexParameters>;

const two: FileMutexParameters = { processes: 2, deaths: 1, clock: "orderly", pidReuse: false };
const three: FileMutexParameters = { ...two, processes: 3 };
const clocks: FileMutexParameters = { ...two, clock: "arbitrary", pidReuse: true };

const configurations: readonly Configuration<FileMutexParameters>[] = [
  {
    name: "two",
    purpose: "two processes, nobody outlives a TTL",
    bounds: { small: two, default: { ...two, deaths: 2 }, deep: { ...two, deaths: 2 } },
  },
  {
    name: "three",
    purpose: "a third process in the gap between two, nobody outlives a TTL",
    bounds: {
      small: { ...three, deaths: 0 },
      default: { ...three, deaths: 3 },
      deep: { ...three, processes: 4, deaths: 4 },
    },
  },
  {
    name: "clocks",
    purpose: "pauses beyond every TTL, stepped clocks, reused process ids",
    bounds: {
      small: clocks,
      default: { ...clocks, processes: 3, deaths: 3 },
      deep: { ...clocks, processes: 4, deaths: 4 },
    },
  },
];

/** Mutual exclusion by a lock file, as processes build it from system calls (ML1, ML2). */
export const fileMutex: System<FileMutexParameters, FileMutexVariant, FileMutexState, CallEffect> =
  {
    name: "file-mutex",
    title: "Processes that guard a critical section with a file, one system call a step",
    parameters: fileMutexParameters,
    configurations,
    build,
  };

interface Bench {
  readonly parameters: FileMutexParameters;
  readonly protocol: LockProtocol;
  readonly labels: readonly Owner[];
  fire(process: MutexProcess, event: LockEvent): MutexProcess | null;
}

function build(
  parameters: FileMutexParameters,
  variant: FileMutexVariant = {},
  options: BuildOptions = {},
): Model<FileMutexState, CallEffect> {
  const protocol = variant.protocol ?? advisoryLock();
  const compiled = compileMachine<MutexProcess, LockEvent>(protocol.machine, { stateField: "at" });
  const member = instrument(protocol.machine.id, compiled, options);
  const numbers = new Map<string, number>();
  const numberOf = (event: LockEvent): number => {
    const key = JSON.stringify(event);
    const known = numbers.get(key) ?? member.event(event);
    numbers.set(key, known);
    return known;
  };
  const fire: Bench["fire"] = (process, event) => {
    const step = member.fire(process, numberOf(event));
    return step.taken === -1 ? null : step.next;
  };
  const processes = indices(parameters.processes);
  const labels = processes.map((process) => (variant.oneLabel === true ? 0 : process));
  const bench: Bench = { parameters, protocol, labels, fire };
  const leaves = compiled.leaves.map(({ key }) => key);
  return {
    name: fileMutex.name,
    parameters,
    schema: schemaOf(parameters, leaves),
    initial: initialOf(bench, compiled.initialLeaf),
    actions: [
      step(bench),
      die(bench),
      advanceClock(bench),
      ...(parameters.clock === "arbitrary" ? [setBackClock()] : []),
      ...(parameters.pidReuse ? [reusePid(bench)] : []),
    ],
    machines: [member.machine],
  };
}

/** The owner that died before; behind all processes. */
function formerOwner({ processes }: FileMutexParameters): Owner {
  return processes;
}

/** More inodes than ever are in use at once. */
const spareInodes = 2;

function schemaOf(
  parameters: FileMutexParameters,
  leaves: readonly string[],
): z.ZodType<FileMutexState> {
  const { processes, pidReuse } = parameters;
  const inodes = processes + spareInodes;
  const upTo = (max: number) => z.int().min(0).max(max);
  const process = idOf("process", indices(processes), upTo(processes - 1));
  const someProcess = idOf("process", indices(processes), upTo(processes - 1).nullable());
  const owner = idOf("process", indices(processes), upTo(processes).nullable());
  const inode = upTo(inodes - 1).nullable();
  const inodeSchema = z.strictObject({ body: owner, stale: z.boolean(), lockedBy: someProcess });
  const perProcess = <T extends z.ZodType>(schema: T) =>
    indexedBy("process", z.array(schema).length(processes));
  const reused = pidReuse ? z.boolean() : z.literal(false);
  return z.strictObject({
    processes: perProcess(
      z.strictObject({
        at: z.enum(leaves as [string, ...string[]]),
        self: process,
        seen: owner,
      }),
    ),
    path: inode,
    handles: perProcess(z.strictObject({ descriptor: inode, aside: inode })),
    inodes: z.array(inodeSchema).length(inodes),
    reused: perProcess(reused),
    formerReused: reused,
  });
}

function initialOf({ parameters, labels }: Bench, leaf: string): readonly FileMutexState[] {
  const { processes } = parameters;
  const blank = canonize({ ...blankInode });
  const empty: FileMutexState = {
    processes: indices(processes).map((process) =>
      canonize({ at: leaf, self: at(labels, process), seen: null }),
    ),
    path: null,
    handles: indices(processes).map(() => canonize({ ...noHandles })),
    inodes: indices(processes + spareInodes).map(() => blank),
    reused: indices(processes).map(() => false),
    formerReused: false,
  };
  const left = canonize({ body: formerOwner(parameters), stale: true, lockedBy: null });
  return [empty, { ...empty, path: 0, inodes: replaceAt(empty.inodes, 0, left) }];
}

type Family = ActionFamily<FileMutexState, CallEffect>;

/** The fields of the file system, as they stand after a call. */
function withFiles(state: FileMutexState, { path, handles, inodes }: FileSystem): FileMutexState {
  const { processes, reused, formerReused } = state;
  return { processes, path, handles, inodes, reused, formerReused };
}

/** Whether a process runs under the number of an owner: its own, or somebody else. */
function isThere(state: FileMutexState, owner: Owner): boolean {
  if (owner >= state.processes.length) return state.formerReused;
  return at(state.reused, owner) || at(state.processes, owner).at !== "dead";
}

/** The next call of a process and what it says; null while it blocks, or when the process is gone. */
function attempt({ protocol, labels }: Bench, state: FileMutexState, process: number) {
  const { at: leaf, seen } = at(state.processes, process);
  const call = protocol.calls[leaf] ?? "none";
  const probedIsAlive = call === "probe" && seen !== null && isThere(state, seen);
  const caller: Caller = { process, label: at(labels, process), probedIsAlive };
  const outcome = perform(call, state, caller);
  return outcome === null ? null : { call, ...outcome };
}

function answerText(answer: Answer): string {
  switch (answer.type) {
    case "call.succeeded":
      return "done";
    case "call.failed":
      return "failed";
    case "body.read":
      return `${answer.owner === null ? "empty" : `of ${answer.owner}`}${answer.stale ? ", stale" : ""}`;
    case "process.probed":
      return answer.alive ? "alive" : "gone";
  }
}

function step(bench: Bench): Family {
  return defineAction<FileMutexState, CallEffect>()({
    name: "step",
    over: { process: indices(bench.parameters.processes) },
    next: (state, { process }) => {
      const made = attempt(bench, state, process);
      if (made === null) return null;
      const next = bench.fire(at(state.processes, process), made.answer);
      if (next === null) return null;
      const moved = withFiles(state, made.files);
      return { ...moved, processes: replaceAt(state.processes, process, next) };
    },
    effects: (state, { process }) => {
      const made = attempt(bench, state, process);
      return made === null ? [] : [{ type: made.call, answer: answerText(made.answer) }];
    },
    actors: ({ process }) => [`process ${process}`, "file system"],
  });
}

function die(bench: Bench): Family {
  const { processes, deaths } = bench.parameters;
  return defineAction<FileMutexState, CallEffect>()({
    name: "die",
    over: { process: indices(processes) },
    next: (state, { process }) => {
      const gone = state.processes.filter(({ at: leaf }) => leaf === "dead").length;
      if (gone >= deaths || at(state.processes, process).at === "dead") return null;
      const next = bench.fire(at(state.processes, process), { type: "process.died" });
      if (next === null) return null;
      const moved = withFiles(state, closed(state, process));
      return { ...moved, processes: replaceAt(state.processes, process, next) };
    },
    actors: ({ process }) => [`process ${process}`, "file system"],
  });
}

/** Nobody is between the begin and the end of an attempt. */
function isQuiet({ processes }: FileMutexState): boolean {
  return processes.every(({ at: leaf }) => leaf === "idle" || leaf === "dead");
}

/** More than a TTL passes: every stamp there is becomes older than it. */
function advanceClock({ parameters }: Bench): Family {
  const orderly = parameters.clock === "orderly";
  return defineAction<FileMutexState, CallEffect>()({
    name: "advanceClock",
    over: {},
    next: (state) => (orderly && !isQuiet(state) ? null : withFiles(state, stamped(state, true))),
    actors: () => ["clock", "file system"],
  });
}

/** Every stamp lies in the future or is fresh again. */
function setBackClock(): Family {
  return defineAction<FileMutexState, CallEffect>()({
    name: "setBackClock",
    over: {},
    next: (state) => withFiles(state, stamped(state, false)),
    actors: () => ["clock", "file system"],
  });
}

/** Somebody who knows nothing of the lock gets the process id of one who is gone. */
function reusePid({ parameters }: Bench): Family {
  const former = formerOwner(parameters);
  return defineAction<FileMutexState, CallEffect>()({
    name: "reusePid",
    over: { owner: indices(former + 1) },
    next: (state, { owner }) => {
      if (isThere(state, owner)) return null;
      if (owner === former) return { ...state, formerReused: true };
      return { ...state, reused: replaceAt(state.reused, owner, true) };
    },
    actors: () => ["host", "host"],
  });
}
