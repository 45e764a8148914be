/**
 * The log of `lane-contention`: the real decisions and the real fold, on states of a few leases.
 *
 * A registry is made into the fold's state, decided on, folded, and made into a registry again. "Now" is always
 * the same monotonic time; what gets older is the stamps. Ends of leases, former holders and notes are forgotten
 * at once, as if every retention were nothing: no decision but the wording of a loss rests on them.
 */
import type { AnyStateMachine } from "xstate";

import {
  type BuildOptions,
  type Firing,
  type Machine,
  canonize,
  tabulate,
  unreachable,
} from "../kernel/index.js";
import {
  type Decide,
  type LaneCommand,
  type LaneDecision,
  type LaneEntry,
  type LaneFold,
  type LaneLeaseMachine,
  type LaneRules,
  type LaneState,
  applyLaneEvents,
  compileLaneLease,
  createDecide,
  createLaneFold,
  createLaneLeaseMachine,
  foldLane,
  insertLease,
  laneRequest,
  laneRules,
} from "../lane-lease/index.js";
import type { LaneTerms, Stamp } from "../vocabulary/lane.js";
import {
  type ContentionParameters,
  type Registry,
  type RegistryLease,
  type World,
  attachmentsOf,
} from "./lane-contention-state.js";

/** Parts of the journal's side that a mutant replaces. */
export interface LogVariant {
  readonly machine?: (machine: LaneLeaseMachine) => AnyStateMachine;
  readonly rules?: (right: LaneRules) => Partial<LaneRules>;
  /** What is left of a registry after a compaction. */
  readonly compacts?: (registry: Registry) => Registry;
  /** The answers that are given in the place of the right ones. */
  readonly decides?: (right: Decide) => Decide;
}

/** A command and everything beside the registry that its answer rests on. */
export interface Asking {
  readonly command: LaneCommand;
  readonly gone: readonly number[];
  readonly world: Pick<World, "skew">;
}

export interface Answer {
  readonly registry: Registry;
  readonly outcome: LaneDecision["outcome"];
  /** Something was appended. */
  readonly wrote: boolean;
}

export interface Log {
  readonly machine: Machine;
  /** Decides on the registry and appends: one atomic step of the journal. */
  transact(registry: Registry, asking: Asking): Answer;
  compact(registry: Registry): Registry;
  readonly terms: readonly (readonly LaneTerms[])[];
}

/** Both lanes reach `src/a.ts`, and neither is a prefix of the other. */
const regions = [["src/[ab].ts"], ["src/a.ts", "lib/**"]] as const;

/** Monotonic time of every "now"; stamps lie before it. */
const nowMs = 100;
/** How far a step moves the wall clock: further than any TTL. */
const wallStepMs = 50;

export const secretOf = (owner: number): string => String(owner).padStart(64, "0");
/** Of somebody who has none. */
export const noSecret = "e".repeat(64);

export function createLog(
  parameters: ContentionParameters,
  variant: LogVariant,
  options: BuildOptions,
): Log {
  const changed = variant.machine?.(createLaneLeaseMachine());
  const { compiled, machine } = observed(
    changed === undefined ? laneRules.machine : compileLaneLease(changed),
    options,
  );
  const base: LaneRules = { ...laneRules, machine: compiled };
  const rules = { ...base, ...variant.rules?.(base) };
  const rightDecide = createDecide(rules);
  const decide = variant.decides?.(rightDecide) ?? rightDecide;
  const fold = createLaneFold(rules);
  const terms = termsOf(parameters);
  const frame: Frame = { decide, fold, terms, ttl: parameters.ttl };
  const askings: Asking[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (asking: Asking): number => {
    const key = `${keyOf(asking.command)} ${asking.gone.join()} ${asking.world.skew}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, askings.length);
    return askings.push(asking) - 1;
  };
  const answered = tabulate<Registry, Answer>((registry, index) =>
    answer(frame, registry, askings[index]),
  );
  const compacted = tabulate<Registry, Registry>((registry) => {
    const kept = registryOf(fold.restore(fold.checkpoint(stateOf(frame, registry))), frame);
    return canonize({ ...(variant.compacts?.(kept) ?? kept) });
  });
  return {
    machine,
    transact: (registry, asking) => answered(registry, numberOf(asking)),
    compact: (registry) => compacted(registry, 0),
    terms,
  };
}

/** What tells the commands of one model apart. */
function keyOf(command: LaneCommand): string {
  const { type } = command;
  switch (type) {
    case "acquire":
      return `${type} ${command.leaseId} ${command.terms.lane} ${command.terms.holder}`;
    case "adopt":
      return `${type} ${command.leaseId} ${command.expectedToken} ${command.holder} ${command.force !== null}`;
    case "heartbeat":
      return `${type} ${command.leaseId} ${command.secretHash} ${command.coalesceMs}`;
    case "release":
      return `${type} ${command.leaseId} ${command.secretHash}`;
    case "checkFence":
      return `${type} ${command.fencingToken} ${"lane" in command.target ? command.target.lane : ""}`;
    case "scavenge":
      return type;
    case "halt":
    case "spawn":
    case "withdraw":
      throw new RangeError(`the model does not ask for "${type}"`);
    default:
      return unreachable(type);
  }
}

interface Frame {
  readonly decide: Decide;
  readonly fold: LaneFold;
  readonly terms: Log["terms"];
  readonly ttl: number;
}

function termsOf(parameters: ContentionParameters): Log["terms"] {
  const { principals, ttl } = parameters;
  return attachmentsOf(parameters).map((attachment, lane) =>
    Array.from({ length: principals }, (__, principal) => {
      const { terms } = laneRequest({
        lane: `lane-${lane}`,
        region: regions[lane],
        attachment,
        holder: `principal-${principal}`,
        ttlMs: ttl,
      });
      if (terms === null) throw new RangeError(`lane ${lane} is no lane`);
      return terms;
    }),
  );
}

function answer(frame: Frame, registry: Registry, asking: Asking | undefined): Answer {
  if (asking === undefined) throw new RangeError("nothing was asked");
  const { command, gone, world } = asking;
  const now = stampOf(0, false, world.skew);
  const state = stateOf(frame, registry);
  const { outcome, events } = frame.decide(state, command, now, { gone: new Set(gone) });
  if (events.length === 0) return { registry, outcome, wrote: false };
  applyLaneEvents(frame.fold, state, events, { seq: 1, at: now });
  return { registry: canonize(registryOf(state, frame)), outcome, wrote: true };
}

function stampOf(age: number, otherBoot: boolean, skew: number): Stamp {
  const monotonicMs = nowMs - age;
  return {
    bootId: otherBoot ? "earlier" : "this",
    monotonicMs,
    wallMs: monotonicMs + skew * wallStepMs,
  };
}

function stateOf({ fold, terms }: Frame, registry: Registry): LaneState {
  const state = fold.initial();
  state.tokenMark = registry.mark;
  for (const lease of registry.leases) insertLease(state, entryOf(lease, terms));
  for (const { principal, ticket, lane, otherBoot } of registry.waiters) {
    const { lane: name, region, mode, holder } = termsAt(terms, lane, principal);
    const since = stampOf(0, otherBoot, 0);
    const waiterId = `w${principal}`;
    state.waiters.set(waiterId, {
      waiterId,
      ticket,
      lane: name,
      region,
      mode,
      holder,
      waitMs: nowMs,
      since,
    });
  }
  if (registry.unreadable) state.unreadable.count = 1;
  return state;
}

function entryOf(lease: RegistryLease, all: Log["terms"]): LaneEntry {
  const { id, token, lane, holder, age, otherBoot, skew, doubtAge, doubtOtherBoot } = lease;
  const terms = termsAt(all, lane, holder);
  const at = stampOf(age, otherBoot, skew);
  return {
    leaseId: `g${id}`,
    laneKey: foldLane(terms.lane),
    acquiredAt: at,
    terms,
    secretHash: secretOf(holder),
    former: [],
    record: {
      phase: doubtAge === null ? "live" : "doubted",
      fencingToken: token,
      ttlMs: terms.ttlMs,
      attachment: terms.attachment,
      heartbeatAt: at,
      doubtedAt: doubtAge === null ? null : stampOf(doubtAge, doubtOtherBoot, 0),
    },
  };
}

function termsAt(terms: Log["terms"], lane: number, principal: number): LaneTerms {
  const found = terms[lane]?.[principal];
  if (found === undefined)
    throw new RangeError(`no terms of principal ${principal} on lane ${lane}`);
  return found;
}

function registryOf(state: LaneState, { terms, ttl }: Frame): Registry {
  const lanes = terms.map(([first]) => first?.lane);
  const ageOf = (stamp: Stamp): number => Math.min(nowMs - stamp.monotonicMs, ttl + 1);
  const leases = [...state.leases.values()].map((entry): RegistryLease => {
    const { heartbeatAt, doubtedAt, fencingToken } = entry.record;
    const at = heartbeatAt ?? entry.acquiredAt;
    return {
      id: Number(entry.leaseId.slice(1)),
      token: fencingToken,
      lane: lanes.indexOf(entry.terms.lane),
      holder: Number(entry.terms.holder.slice("principal-".length)),
      age: ageOf(at),
      otherBoot: at.bootId !== "this",
      skew: (at.wallMs - at.monotonicMs) / wallStepMs,
      doubtAge: doubtedAt === null ? null : ageOf(doubtedAt),
      doubtOtherBoot: doubtedAt !== null && doubtedAt.bootId !== "this",
    };
  });
  return {
    mark: state.tokenMark,
    leases: leases.sort((one, other) => one.id - other.id),
    waiters: [...state.waiters.values()].map(({ waiterId, ticket, lane, since }) => ({
      principal: Number(waiterId.slice(1)),
      ticket,
      lane: lanes.indexOf(lane),
      otherBoot: since.bootId !== "this",
    })),
    unreadable: state.unreadable.count > 0,
  };
}

/** Ages everything in the log by a tick; what comes from an earlier boot has no age. */
export function older(registry: Registry, ttl: number): Registry {
  if (registry.leases.length === 0) return registry;
  const next = (age: number, unknown: boolean): number =>
    unknown ? age : Math.min(age + 1, ttl + 1);
  const leases = registry.leases.map((lease) => ({
    ...lease,
    age: next(lease.age, lease.otherBoot),
    doubtAge: lease.doubtAge === null ? null : next(lease.doubtAge, lease.doubtOtherBoot),
  }));
  return { ...registry, leases };
}

type CompiledLane = LaneRules["machine"];

/** The compiled machine, with a count of what was exercised over distinct records and events. */
function observed(
  compiled: CompiledLane,
  { keepFirings }: BuildOptions,
): { compiled: CompiledLane; machine: Machine } {
  const taken = compiled.transitions.map(() => 0);
  const guards = new Map(compiled.guards.map((guard) => [guard, { held: 0, failed: 0 }]));
  const seen = new Set<string>();
  const fired: Firing[] = [];
  const step: CompiledLane["step"] = (record, event) => {
    const key = JSON.stringify([record, event]);
    if (seen.has(key)) return compiled.step(record, event);
    seen.add(key);
    const result = compiled.step(record, event, {
      taken: (index) => (taken[index] = (taken[index] ?? 0) + 1),
      guard: (guard, holds) => {
        const count = guards.get(guard);
        if (count !== undefined) count[holds ? "held" : "failed"] += 1;
      },
    });
    if (keepFirings === true) fired.push({ record, event, step: result });
    return result;
  };
  const machine: Machine = {
    name: "lane-lease",
    compiled,
    taken,
    guards,
    get firings() {
      return seen.size;
    },
    fired,
  };
  return { compiled: { ...compiled, step }, machine };
}
