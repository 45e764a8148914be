/**
 * A host of runs in memory that decides by a given machine: what a variant of the system `run-monitor` gets wrong, it gets
 * wrong as a host. No journal, no disk; a variant of the gatherer is none of a host's business.
 */
import {
  compileRun,
  coreOf,
  emptyView,
  foldEffects,
  isDurable,
  restarted,
  runEvent,
  viewOf,
} from "../../spec/run/index.js";
import type { RunMonitorVariant } from "../../spec/systems/run-monitor.js";
import type { Effect, RunCommitted, RunPolicy, RunRecord, RunView } from "../../spec/vocabulary/index.js";
import type { MonitoredHost } from "../../src/conformance/index.js";

/** One run is enough: the kit makes no more of them on one host. */
export function machineHost(variant: RunMonitorVariant = {}): (policy: RunPolicy) => Promise<MonitoredHost> {
  const compiled = new WeakMap<RunPolicy, ReturnType<typeof compileRun>>();
  return (given) => {
    const policy = { ...given, ...variant.policy };
    const machine = compiled.get(given) ?? compileRun(policy, variant.machine?.(policy));
    compiled.set(given, machine);
    return Promise.resolve(new MachineHost(variant, policy, machine));
  };
}

const at = { bootId: "boot", monotonicMs: 0, wallMs: 0 };

class MachineHost implements MonitoredHost {
  #now = 1_700_000_000_000;
  #record: RunRecord = restarted(emptyView({ agent: "codex", branch: null, startedAt: null }));
  #log: RunView = viewOf(this.#record);
  #created: object = {};
  readonly #commits: RunCommitted[] = [];

  constructor(
    private readonly variant: RunMonitorVariant,
    private readonly policy: RunPolicy,
    private readonly machine: ReturnType<typeof compileRun>,
  ) {}

  create({ run, agent, branch, startedAt }: Parameters<MonitoredHost["create"]>[0]): Promise<void> {
    this.#log = emptyView({ agent, branch, startedAt });
    this.#record = restarted(this.#log);
    this.#created = { run, agent, branch, startedAt, issue: null, directory: null, command: [], session: null };
    return Promise.resolve();
  }

  observe(run: string, observation: Parameters<MonitoredHost["observe"]>[1]): ReturnType<MonitoredHost["observe"]> {
    const event = runEvent(observation, this.#now, this.policy);
    const before = this.#record;
    const decided = this.machine.step(before, event);
    const beside = this.variant.stopBeside === true && event.type === "user.stopped";
    const effects = beside ? [canceled] : (this.variant.effects?.(decided.effects) ?? decided.effects);
    if (!beside) this.#record = decided.next;
    const written = this.#written(effects.filter(isDurable));
    if (written.length > 0) {
      const { status, reason } = this.#log;
      this.#commits.push({ run, commit: String(this.#commits.length), from: { status, reason }, event, core: coreOf(before), effects: [...written] });
    }
    this.#log = foldEffects(this.#log, written);
    return Promise.resolve(effects.flatMap((effect) => (effect.type === "gatherEvidence" ? [effect.observer] : [])));
  }

  view(): Promise<RunView> {
    return Promise.resolve(viewOf(this.#record));
  }

  memory(): ReturnType<MonitoredHost["memory"]> {
    return Promise.resolve(coreOf(this.#record));
  }

  commits(): Promise<readonly RunCommitted[]> {
    return Promise.resolve(this.#commits);
  }

  heard(): ReturnType<MonitoredHost["heard"]> {
    return Promise.resolve(this.#commits.flatMap(({ effects }) => effects.flatMap((one) => (one.type === "setStatus" ? [one] : []))));
  }

  records(): ReturnType<MonitoredHost["records"]> {
    const events = [{ type: "run.created", data: this.#created }, ...this.#commits.map((data) => ({ type: "run.committed", data }))];
    return Promise.resolve(events.map((event, seq) => ({ place: { seq: seq + 1, at }, events: [event] })));
  }

  restart(): Promise<void> {
    this.#record = (this.variant.restart ?? restarted)(this.#log);
    return Promise.resolve();
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): Promise<void> {
    this.#now += ms;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Effects that make of the log what the variant makes of it. */
  #written(effects: readonly Effect[]): readonly Effect[] {
    const { fold } = this.variant;
    if (fold === undefined || effects.length === 0) return effects;
    const { status, reason, paneHash, prUrl, prRecorded, wasAlive } = fold(this.#log, effects);
    const sets = effects.find((effect) => effect.type === "setStatus");
    const changes = status !== this.#log.status || reason !== this.#log.reason || paneHash !== this.#log.paneHash;
    return [
      ...(wasAlive && !this.#log.wasAlive ? [{ type: "recordAlive" } as const] : []),
      ...(prRecorded && !this.#log.prRecorded ? [{ type: "recordPr", url: prUrl ?? "" } as const] : []),
      ...(changes && sets !== undefined ? [{ ...sets, status, reason, paneHash }] : []),
      ...(changes && sets === undefined ? [{ type: "recordBaseline", paneHash: paneHash ?? "" } as const] : []),
    ];
  }
}

const canceled: Effect = { type: "setStatus", status: "canceled", reason: null, source: "user", paneHash: null };
