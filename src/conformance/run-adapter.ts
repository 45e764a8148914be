/** What a host of runs has to be wrapped in to be judged: a few calls, plain data, and its log as it recorded it. */
import type { HistoryEvent, HistoryPlace } from "../../laws/law.js";
import type {
  ObserverId,
  Observation,
  Reason,
  RunCommitted,
  RunCore,
  RunPolicy,
  RunView,
  Status,
} from "../../spec/vocabulary/index.js";
import type { FaultyUnderTest, MortalProcess } from "./fault-adapter.js";

/** What a host of runs has to be wrapped in to be judged. */
export interface RunHostAdapter {
  /** For reports. */
  readonly name: string;
  /** A host without runs. Called once for each script. */
  open(): Promise<RunHostUnderTest>;
  /**
   * A host without runs that decides by this policy, whose clock, monitor and world are the kit's. Absent: the laws of
   * `run-monitor`, whose states hold a world, are not asked of it.
   */
  monitored?(policy: RunPolicy): Promise<MonitoredHost>;
}

/** A host with one monitor. Sessions, panes, work trees, pull requests and observers are made up by the kit. */
export interface MonitoredHost {
  /** A run that was just asked for: queued, and nothing launched. `startedAt` null: nobody knows when it started. */
  create(run: Pick<RunView, "agent" | "branch" | "startedAt"> & { readonly run: string }): Promise<void>;
  /** Commits what an observation means; answers with the observers whose evidence is asked for, in the same tick. */
  observe(run: string, observation: Observation): Promise<readonly (ObserverId | null)[]>;
  /** What the monitor takes for the view of the run. */
  view(run: string): Promise<RunView>;
  /** What the monitor remembers of the run, and loses with its process. */
  memory(run: string): Promise<RunCore>;
  /** What was committed to the run, as the log has it, oldest first. */
  commits(run: string): Promise<readonly RunCommitted[]>;
  /** Every change of the run that the listeners were told of. */
  heard(run: string): Promise<readonly Pick<RunView, "status" | "reason">[]>;
  /** The log, oldest first, as events `run.created` and `run.committed`. */
  records(): Promise<readonly RecordedEvents[]>;
  /** The monitor ends, as if it were killed, and begins again on the same log. */
  restart(): Promise<void>;
  /** Milliseconds since 1970 on the host's clock. */
  now(): number;
  /** Lets so many milliseconds pass. */
  advance(ms: number): Promise<void>;
  /** Called once, whatever came of it. */
  close(): Promise<void>;
}

/** A host during one script. */
export interface RunHostUnderTest extends FaultyUnderTest {
  /** A process of the host, with listeners of its own. */
  process(name: string): Promise<RunProcess>;
  /**
   * The log, oldest first, as events `run.created` and `run.committed`; with `takeOver`, `run.monitored` as well, and each
   * commit of a monitor names its fencing token.
   */
  records(): Promise<readonly RecordedEvents[]>;
  /** Milliseconds since 1970 on the host's clock. */
  now(): number;
  /** Lets so many milliseconds pass. */
  advance(ms: number): Promise<void>;
  /** Called once, after the script, whatever came of it. */
  close(): Promise<void>;
}

/** What one process of the host does. */
export interface RunProcess extends MortalProcess {
  /** A run that was just asked for: queued, and nothing launched. */
  create(run: string): Promise<void>;
  /** Commits what an observation means, or rejects when that could not be recorded. */
  observe(run: string, observation: Observation): Promise<void>;
  /** The status that everybody sees now. */
  status(run: string): Promise<{ readonly status: Status; readonly reason: Reason | null }>;
  /** Every change that the listeners of this process were told of. */
  heard(): Promise<readonly { readonly run: string; readonly status: Status; readonly reason: Reason | null }[]>;
  /**
   * The process begins to monitor, under a fencing token above all before: what it observes is under that token from now
   * on, and is refused once another process has taken over. Absent: the host has one monitor for good.
   */
  takeOver?(): Promise<void>;
  /** One round over all runs, in which nobody can be seen; answers with the runs that were looked at. */
  blindTick?(): Promise<readonly string[]>;
  /** The process ends, as if it were killed. */
  end(): Promise<void>;
}

/** One record of the log. */
export interface RecordedEvents {
  readonly place: HistoryPlace;
  readonly events: readonly HistoryEvent[];
}
