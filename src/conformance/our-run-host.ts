/**
 * The runs of this package behind the door that every host is judged at: a temporary state directory, a clock that
 * is moved by hand, a disk whose calls can fail, one open log for each process, which can die at any call.
 */
import { type CommitPoint, type Fenced, type Gatherer, Monitor, type Runs, type StatusChange, hostTimer, openRuns } from "../run/index.js";
import type { FaultyCall } from "./fault-adapter.js";
import { DiskFaults, ProcessDisk } from "./faulty-disk.js";
import { ourMonitoredHost } from "./our-monitored-host.js";
import { type MovedClock, movedClock } from "./our-lease-store.js";
import { type OurRunOptions, recordsIn } from "./our-run-options.js";
import { type HostStorage, temporaryStorage } from "./our-storage.js";
import type { RecordedEvents, RunHostAdapter, RunHostUnderTest, RunProcess } from "./run-adapter.js";

export type { OurRunOptions };

/** The run host of this package, as `checkRunHost` takes it. */
export function ourRunHost(options: OurRunOptions = {}): RunHostAdapter {
  return {
    name: "run host",
    open: () => Promise.resolve(new OurHost(options)),
    monitored: (policy) => ourMonitoredHost(options, policy),
  };
}

const unchanged = (runs: Runs): Runs => runs;
const once = (change: StatusChange): readonly StatusChange[] => [change];

class OurHost implements RunHostUnderTest {
  readonly #options: OurRunOptions;
  readonly #storage: HostStorage;
  readonly #clock: MovedClock = movedClock();
  readonly #faults = new DiskFaults();
  readonly #open = new Set<OurProcess>();
  /** Tokens that are not in the log, by `seq` of their record. */
  readonly #tokens = new Map<number, number>();
  readonly powerCut?: (pick: number) => Promise<void>;

  constructor(options: OurRunOptions) {
    this.#options = options;
    this.#storage = (options.storage ?? temporaryStorage)();
    if (this.#storage.powerCut !== undefined) this.powerCut = (pick) => this.#cut(pick);
  }

  async process(): Promise<RunProcess> {
    const { change = unchanged, hears = once, unfenced = false } = this.#options;
    const own = new ProcessDisk(this.#storage.disk(), this.#faults);
    const { directory } = this.#storage;
    const runs = change(await openRuns({ directory, clock: this.#clock, disk: own.disk, timer: hostTimer }));
    const process = new OurProcess(runs, own, hears, unfenced ? this.#tokens : null);
    this.#open.add(process);
    return process;
  }

  async records(): Promise<readonly RecordedEvents[]> {
    const records = await recordsIn(this.#storage.directory, this.#storage.disk());
    return this.#tokens.size === 0 ? records : records.map((record) => named(record, this.#tokens.get(record.place.seq)));
  }

  now(): number {
    return this.#clock.now().wallMs;
  }

  advance(ms: number): Promise<void> {
    this.#clock.monotonicMs += ms;
    return Promise.resolve();
  }

  failNext(what: FaultyCall, calls: number): void {
    this.#faults.fail(what, calls);
  }

  async close(): Promise<void> {
    this.#faults.calm();
    for (const process of this.#open) await process.end();
    this.#storage.remove();
  }

  async #cut(pick: number): Promise<void> {
    for (const process of this.#open) await process.end();
    this.#open.clear();
    this.#storage.powerCut?.(pick);
  }
}

type Heard = Awaited<ReturnType<RunProcess["heard"]>>[number];

class OurProcess implements RunProcess {
  readonly #runs: Runs;
  readonly #disk: ProcessDisk;
  readonly #heard: Heard[] = [];
  #under: Fenced = {};

  /** `tokens`: where they are kept instead of in the log. */
  constructor(
    runs: Runs,
    disk: ProcessDisk,
    hears: NonNullable<OurRunOptions["hears"]>,
    private readonly tokens: Map<number, number> | null,
  ) {
    this.#runs = runs;
    this.#disk = disk;
    runs.commits.listen("judge", (change) => {
      for (const { run, to } of hears(change)) this.#heard.push({ run, ...to });
    });
  }

  async create(run: string): Promise<void> {
    const startedAt = Math.trunc(this.#runs.store.clock.now().wallMs);
    const nothing = { branch: "topic", issue: null, directory: null, command: [], session: null };
    await this.#runs.store.create({ run, agent: "codex", startedAt, ...nothing });
  }

  async observe(run: string, observation: Parameters<RunProcess["observe"]>[1]): Promise<void> {
    const { fence } = this.#under;
    const { change } = await this.#runs.commits.commit(run, observation, this.tokens === null ? this.#under : {});
    if (change !== null && fence !== undefined) this.tokens?.set(change.seq, fence);
  }

  async takeOver(): Promise<void> {
    const { store } = this.#runs;
    const fence = await store.raiseFence(((await store.fence()) ?? 0) + 1);
    if (fence === null) throw new Error("another monitor took over at the same time");
    this.#under = { fence };
  }

  async status(run: string): ReturnType<RunProcess["status"]> {
    const { status, reason } = (await this.#runs.store.get(run)).view;
    return { status, reason };
  }

  async heard(): Promise<readonly Heard[]> {
    await this.#runs.commits.settled();
    return this.#heard;
  }

  async blindTick(): Promise<readonly string[]> {
    return (await monitorOf(this.#runs, this.#runs.commits).tick()).observed;
  }

  dieAt(call: number): () => boolean {
    this.#disk.dieAt(call);
    return () => this.#disk.dead;
  }

  async end(): Promise<void> {
    await this.#runs.commits.settled();
    this.#disk.end();
    try {
      await this.#runs.close();
    } catch {
      // It is gone: nobody hears how its files were closed.
    }
  }
}

function named({ place, events }: RecordedEvents, fence: number | undefined): RecordedEvents {
  if (fence === undefined) return { place, events };
  return { place, events: events.map(({ type, data }) => ({ type, data: { ...(data as object), fence } })) };
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
