/**
 * The runs of this package behind the door that every host is judged at: a temporary state directory, a clock that
 * is moved by hand, a disk whose calls can fail, one open log for each process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Disk, exportJournal } from "../journal/index.js";
import { type CommitPoint, type Gatherer, Monitor, type Runs, type StatusChange, hostTimer, openRuns } from "../run/index.js";
import { movedClock, unsyncedDisk } from "./our-lease-store.js";
import type { RecordedEvents, RunHostAdapter, RunHostUnderTest, RunProcess } from "./run-adapter.js";

/** Parts of the run host to replace, to see that a mistake is caught. */
export interface OurRunOptions {
  /** Absent: the disk of this host, without waiting for the device. */
  readonly disk?: () => Disk;
  /** A changed host, to see that it is caught. */
  readonly change?: (runs: Runs) => Runs;
  /** What a listener's call becomes. */
  readonly hears?: (change: StatusChange) => readonly StatusChange[];
}

/** The run host of this package, as `checkRunHost` takes it. */
export function ourRunHost(options: OurRunOptions = {}): RunHostAdapter {
  return { name: "run host", open: () => Promise.resolve(openOurs(options)) };
}

const noSuchDevice = (): Error => Object.assign(new Error("EIO: input/output error"), { code: "EIO" });

/** A disk whose next call of a kind on the log fails. */
function failingDisk(disk: Disk) {
  const due = { write: false, read: false };
  const fails = (what: "write" | "read"): void => {
    if (!due[what]) return;
    due[what] = false;
    throw noSuchDevice();
  };
  const failing: Disk = {
    ...disk,
    append: (file, bytes) => {
      fails("write");
      return disk.append(file, bytes);
    },
    read: (file, into, position) => {
      fails("read");
      return disk.read(file, into, position);
    },
  };
  return { disk: failing, due };
}

const unchanged = (runs: Runs): Runs => runs;
const once = (change: StatusChange): readonly StatusChange[] => [change];

function openOurs(options: OurRunOptions): RunHostUnderTest {
  const { disk: base = unsyncedDisk, change = unchanged, hears = once } = options;
  const directory = mkdtempSync(join(tmpdir(), "leasehold-judged-"));
  const clock = movedClock();
  const { disk, due } = failingDisk(base());
  const open = new Set<RunProcess>();
  return {
    process: async () => {
      const runs = change(await openRuns({ directory, clock, disk, timer: hostTimer }));
      const process = processOf(runs, hears, () => clock.now().wallMs, () => open.delete(process));
      open.add(process);
      return process;
    },
    records: async () => {
      Object.assign(due, { write: false, read: false });
      return recordsIn(directory, base());
    },
    now: () => clock.now().wallMs,
    advance: (ms) => {
      clock.monotonicMs += ms;
      return Promise.resolve();
    },
    failNext: (what) => {
      due[what] = true;
    },
    close: async () => {
      for (const process of open) await process.end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function processOf(
  runs: Runs,
  hears: NonNullable<OurRunOptions["hears"]>,
  now: () => number,
  ended: () => void,
): RunProcess {
  const { store, commits } = runs;
  const heard: { run: string; status: StatusChange["to"]["status"]; reason: StatusChange["to"]["reason"] }[] = [];
  commits.listen("judge", (change) => {
    for (const { run, to } of hears(change)) heard.push({ run, ...to });
  });
  return {
    create: async (run) => {
      const startedAt = Math.trunc(now());
      const nothing = { branch: "topic", issue: null, directory: null, command: [], session: null };
      await store.create({ run, agent: "codex", startedAt, ...nothing });
    },
    observe: async (run, observation) => {
      await commits.commit(run, observation);
    },
    status: async (run) => {
      const { status, reason } = (await store.get(run)).view;
      return { status, reason };
    },
    heard: async () => {
      await commits.settled();
      return heard;
    },
    blindTick: async () => (await monitorOf(runs, commits).tick()).observed,
    end: async () => {
      ended();
      await runs.close();
    },
  };
}

const blind: Gatherer = {
  pullRequest: () => Promise.resolve(null),
  session: () => Promise.resolve(null),
  evidence: () => Promise.resolve(null),
  pane: () => Promise.resolve(null),
};

function monitorOf({ store }: Runs, commits: CommitPoint): Monitor {
  return new Monitor({ store, commits, gatherer: blind, timer: hostTimer });
}

/** What was written, as lines: a checkpoint, then records. */
async function recordsIn(directory: string, disk: Disk): Promise<readonly RecordedEvents[]> {
  const found: RecordedEvents[] = [];
  for await (const line of exportJournal({ directory, name: "runs", disk })) {
    const { seq, at, type, data } = JSON.parse(line) as RecordedEvents["place"] & RecordedEvents["events"][number];
    if (type.startsWith("run.")) found.push({ place: { seq, at }, events: [{ type, data }] });
  }
  return found;
}
