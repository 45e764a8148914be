/**
 * Gathers for the monitor what this host can see of its runs. It observes and decides nothing; what it cannot see is
 * `null`, and why is told once.
 *
 * One observer a start of the monitor and channel, with a fresh nonce. Only captures of panes are paced.
 */
import { type LoggedRun, paneHash } from "../../spec/run/index.js";
import type { ObserverId } from "../../spec/vocabulary/index.js";
import {
  type AgentProfile,
  type CapturePacing,
  type Classification,
  type Failure,
  type ObservedRun,
  gatherEvidence,
  localPacing,
  nextCaptureAfter,
  observePane,
  observePullRequest,
  observeSession,
  observerIdentity,
} from "../gather/index.js";
import type { Gatherer, Question } from "../run/index.js";
import { type Placement, factsOf } from "./facts.js";
import type { HostSystem } from "./system.js";

/** What the gatherer of a host works with. */
export interface HostGathererOptions {
  readonly system: HostSystem;
  /** Milliseconds between ticks; pacing follows it. */
  readonly tickMs: number;
  /** Hears once of each thing that cannot be seen, and with `null` when it can be again. */
  readonly onBlind?: (run: string, at: Question, failure: Failure | null) => void;
}

/** Lines of a pane that are taken. */
const paneLines = 200;
/** Milliseconds a list of pull requests may be old in an ordinary tick. */
const pullRequestAgeMs = 30_000;

interface PaneHistory {
  readonly capturedAt: number;
  readonly changedAt: number | null;
  readonly hash: string | null;
  readonly failures: number;
  readonly failure: "unreachable" | "other" | null;
}

/** What became known of a run that its record does not say. */
export interface FirstSight {
  readonly run: string;
  readonly observer: ObserverId;
  readonly identity: string;
}

/** The gatherer of a host: looks at sessions, panes, work trees and pull requests through its ports. */
export class HostGatherer implements Gatherer {
  readonly #options: HostGathererOptions;
  readonly #pacing: CapturePacing;
  readonly #observers = new Map<string, ObserverId>();
  readonly #panes = new Map<string, PaneHistory>();
  readonly #blind = new Map<string, string>();
  readonly #seen = new Set<string>();
  #firstSights: FirstSight[] = [];
  #shown = new Map<string, Classification>();

  constructor(options: HostGathererOptions) {
    this.#options = options;
    this.#pacing = pacingFor(options.tickMs);
  }

  /** Runs seen alive for the first time by this start, since this was last asked. */
  firstSights(): readonly FirstSight[] {
    const sights = this.#firstSights;
    this.#firstSights = [];
    return sights;
  }

  /** What the panes captured since this was last asked show. */
  shown(): ReadonlyMap<string, Classification> {
    const shown = this.#shown;
    this.#shown = new Map();
    return shown;
  }

  /** Forgets runs that are not in the list. */
  keepOnly(runs: ReadonlySet<string>): void {
    for (const run of this.#panes.keys()) if (!runs.has(run)) this.#panes.delete(run);
    for (const run of this.#seen) if (!runs.has(run)) this.#seen.delete(run);
    for (const key of this.#blind.keys()) if (!runs.has(key.slice(0, key.indexOf(" ")))) this.#blind.delete(key);
  }

  /** State of the run's pull request. */
  async pullRequest(run: LoggedRun) {
    const { placement } = factsOf(run);
    if (placement === null) return null;
    const port = this.#options.system.pullRequestsOf(placement, folderOf(run, placement));
    const gathered = await observePullRequest(port, observedRun(run, placement), { ageMax: pullRequestAgeMs });
    if (gathered.kind === "invisible") return this.#unseen(run, "pullRequest", gathered.failure);
    this.#visible(run, "pullRequest");
    return gathered.kind === "observed" ? gathered.observation : null;
  }

  /** Whether its session is there, as the observer of its channel sees it (L11d). */
  async session(run: LoggedRun) {
    const { placement, session } = factsOf(run);
    if (placement === null || session === null) {
      // Somebody else's, who saw it alive somewhere: not to be seen from here.
      if (run.view.wasAlive) return null;
      // Its launch did not come as far as a session. Nobody who says so has seen it alive, so nobody attests.
      return { type: "session.gone", observer: null, class: "unclassified" } as const;
    }
    const port = this.#options.system.sessionsAt(placement);
    const observer = this.#observerOf(port.channel);
    const gathered = await observeSession(port, { session }, observer);
    if (gathered.kind === "invisible") return this.#unseen(run, "session", gathered.failure);
    this.#visible(run, "session");
    if (gathered.kind === "nothing") return null;
    const name = run.created.run;
    if (gathered.sight.kind === "alive" && !this.#seen.has(name)) {
      this.#seen.add(name);
      this.#firstSights.push({ run: name, observer, identity: gathered.sight.identity });
    }
    return gathered.observation;
  }

  /** Its work tree and its pull requests, looked up now. */
  async evidence(run: LoggedRun, observer: string | null) {
    const { placement } = factsOf(run);
    if (placement === null) return { type: "evidence.gathered", observer, tree: null } as const;
    const { system } = this.#options;
    const pullRequests = system.pullRequestsOf(placement, folderOf(run, placement));
    const ports = { pullRequests, workTrees: system.workTrees };
    const gathered = await gatherEvidence(ports, observedRun(run, placement), observer);
    if (gathered.kind === "invisible") return this.#unseen(run, "evidence", gathered.failure);
    if (gathered.kind === "nothing") return null;
    if (gathered.unseenTree === null) this.#visible(run, "evidence");
    else this.#unseen(run, "evidence", gathered.unseenTree);
    return gathered.observation;
  }

  /** Its pane, when a capture is due. */
  async pane(run: LoggedRun) {
    const { placement } = factsOf(run);
    const name = run.created.run;
    if (placement === null || !this.#isDue(run)) return null;
    const { system } = this.#options;
    const profile = profileOf(system.profiles, run);
    const ports = {
      sessions: system.sessionsAt(placement),
      pullRequests: system.pullRequestsOf(placement, folderOf(run, placement)),
    };
    const options = { profile, lines: paneLines, ageMax: pullRequestAgeMs };
    const gathered = await observePane(ports, observedRun(run, placement), options);
    if (gathered.kind === "invisible") {
      this.#failed(name, gathered.failure);
      return this.#unseen(run, "pane", gathered.failure);
    }
    if (gathered.kind === "nothing") return null;
    this.#captured(name, paneHash(gathered.observation.text));
    this.#shown.set(name, gathered.classification);
    if (gathered.unverified === null) this.#visible(run, "pane");
    else this.#unseen(run, "pane", gathered.unverified);
    return gathered.observation;
  }

  #observerOf(channel: string): ObserverId {
    const known = this.#observers.get(channel) ?? observerIdentity({ channel });
    this.#observers.set(channel, known);
    return known;
  }

  #isDue({ created }: LoggedRun): boolean {
    const history = this.#panes.get(created.run);
    if (history === undefined) return true;
    const { monotonicMs, wallMs } = this.#options.system.clock.now();
    const { changedAt, failures, failure, capturedAt } = history;
    const after = nextCaptureAfter(
      {
        ageMs: created.startedAt === null ? null : wallMs - created.startedAt,
        sinceChangeMs: changedAt === null ? null : monotonicMs - changedAt,
        failures,
        failure,
      },
      this.#pacing,
    );
    // Ticks are not exact: one that comes a little early is the one that was meant.
    return monotonicMs - capturedAt >= after - this.#options.tickMs / 2;
  }

  #captured(run: string, hash: string): void {
    const before = this.#panes.get(run);
    const { monotonicMs } = this.#options.system.clock.now();
    const changedAt = before?.hash === hash ? before.changedAt : monotonicMs;
    this.#panes.set(run, { capturedAt: monotonicMs, changedAt, hash, failures: 0, failure: null });
  }

  #failed(run: string, { code }: Failure): void {
    const before = this.#panes.get(run);
    this.#panes.set(run, {
      capturedAt: this.#options.system.clock.now().monotonicMs,
      changedAt: before?.changedAt ?? null,
      hash: before?.hash ?? null,
      failures: (before?.failures ?? 0) + 1,
      failure: code === "timed-out" ? "unreachable" : "other",
    });
  }

  #unseen({ created }: LoggedRun, at: Question, failure: Failure): null {
    const key = `${created.run} ${at}`;
    if (this.#blind.get(key) !== failure.message) this.#options.onBlind?.(created.run, at, failure);
    this.#blind.set(key, failure.message);
    return null;
  }

  #visible({ created }: LoggedRun, at: Question): void {
    if (this.#blind.delete(`${created.run} ${at}`)) this.#options.onBlind?.(created.run, at, null);
  }
}

/** The pacing of five-second ticks, for ticks of another length. */
export function pacingFor(tickMs: number): CapturePacing {
  const scaled = Object.entries(localPacing).map(([name, ms]) => [name, (ms as number) * (tickMs / localPacing.intervalMs)]);
  return { ...(Object.fromEntries(scaled) as unknown as CapturePacing), youngMs: localPacing.youngMs };
}

function observedRun(run: LoggedRun, { tree }: Placement): ObservedRun {
  const { created, view } = run;
  return {
    session: factsOf(run).session ?? { name: created.session?.name ?? "", identity: null },
    branch: created.branch,
    ...(created.startedAt === null ? {} : { notEndedBefore: created.startedAt }),
    prUrl: view.prUrl,
    prRecorded: view.prRecorded,
    tree: tree === null ? null : { path: tree.path, branch: created.branch, base: tree.base },
  };
}

function folderOf({ created }: LoggedRun, { tree }: Placement): string {
  return tree?.path ?? created.directory ?? "/";
}

/** A profile that is not there any more reads nothing. */
function profileOf(profiles: readonly AgentProfile[], { created }: LoggedRun): AgentProfile {
  const found = profiles.find(({ name }) => name === created.agent);
  return found ?? { ...emptyProfile, name: created.agent };
}

const emptyProfile = {
  title: "A profile that is not there",
  windowLines: 40,
  exitsWhenDone: false,
  busy: [],
  gates: [],
  exited: [],
  completed: [],
  limited: [],
  failed: [],
  prompt: [],
} as const;
