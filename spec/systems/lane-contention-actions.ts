/**
 * The actions of the principals of `lane-contention`.
 *
 * A call takes three steps: it is sent, it happens at the journal, its answer is heard; anything may happen in
 * between. `Host` is what a principal and its shell decide for themselves; a mutant replaces a part of it.
 */
import { type ActionFamily, defineAction, replaceAt } from "../kernel/index.js";
import { laneConfirmedAt, laneMustStop } from "../lane-lease/index.js";
import type { LaneCommand, LaneOutcomes } from "../lane-lease/index.js";
import type { Stamp } from "../vocabulary/lane.js";
import { type Answer, type Log, noSecret, secretOf } from "./lane-contention-log.js";
import {
  type ContentionParameters,
  type ContentionState,
  type Principal,
  idlePrincipal,
} from "./lane-contention-state.js";
import { at, indices } from "./worker-plane-members.js";

export interface Host {
  /** A request is decided on the state that it is appended to. */
  readonly revalidates: boolean;
  /** From when on a confirmed beat counts; `never`: the holder's clock stands still. */
  readonly countsFrom: "sent" | "answer" | "never";
  /** A coalesced beat counts as old as the one in the log. */
  readonly believesAge: boolean;
  /** The processes of leases, and of waiters, are probed. */
  readonly probesHolders: boolean;
  readonly probesWaiters: boolean;
  /** A holder looks at how old its last confirmed beat is. */
  readonly looksAtDeadline: boolean;
}

export const rightHost: Host = {
  revalidates: true,
  countsFrom: "sent",
  believesAge: true,
  probesHolders: true,
  probesWaiters: true,
  looksAtDeadline: true,
};

export interface Arena {
  readonly parameters: ContentionParameters;
  readonly log: Log;
  readonly host: Host;
}

/** What a write at the guarded resource came to. */
export interface WriteEffect {
  readonly type: "written" | "fenced";
  readonly token: number;
}

type Family = ActionFamily<ContentionState, WriteEffect>;
const action = defineAction<ContentionState, WriteEffect>();

/** A stamp of this boot, so many ticks ago. */
function stampAt(age: number): Stamp {
  return { bootId: "this", monotonicMs: 100 - age, wallMs: 0 };
}

export function mustStop({ policy }: ContentionState, { confirmed }: Principal): boolean {
  const { ttl: ttlMs, renewDeadline: renewDeadlineMs } = policy;
  return laneMustStop(stampAt(confirmed), stampAt(0), { ttlMs, renewDeadlineMs });
}

/** Numbers in the log whose process does not live: the kernel freed their bytes. */
function goneNumbers({ registry, principals }: ContentionState, host: Host): readonly number[] {
  const lives = (number: number): boolean => principals.some(({ token }) => token === number);
  const leases = host.probesHolders ? registry.leases.map(({ token }) => token) : [];
  const waiters = host.probesWaiters ? registry.waiters.map(({ ticket }) => ticket) : [];
  return [...leases, ...waiters].filter((number) => !lives(number));
}

export function transact({ log, host }: Arena, state: ContentionState, command: LaneCommand): Answer {
  const { skew } = state.world;
  return log.transact(state.registry, { command, gone: goneNumbers(state, host), world: { skew } });
}

export function put(state: ContentionState, index: number, principal: Principal): ContentionState {
  return { ...state, principals: replaceAt(state.principals, index, principal) };
}

export function appended(state: ContentionState, { registry, wrote }: Answer): ContentionState {
  if (!wrote) return state;
  const given = Math.max(
    state.world.given,
    registry.mark,
    ...registry.leases.map(({ token }) => token),
  );
  return {
    ...state,
    registry,
    world: given === state.world.given ? state.world : { ...state.world, given },
  };
}

/** Leases in force, dead ones whose end is not recorded included. */
const leasesMax = 2;

export const talks = (p: number): readonly [string, string] => [`principal ${p}`, "journal"];

/** It asks for a lane. In a system that does not validate again, this is when its request is decided. */
export function ask(arena: Arena): Family {
  const { parameters, log, host } = arena;
  return action({
    name: "ask",
    over: { principal: indices(parameters.principals), lane: indices(log.terms.length) },
    next: (state, { principal: p, lane }) => {
      if (at(state.principals, p).phase !== "idle") return null;
      const asking: Principal = { ...idlePrincipal, phase: "acquiring", lane };
      if (host.revalidates) return put(state, p, asking);
      const { outcome } = transact(arena, state, acquireBy(arena, state, p, asking));
      return put(state, p, {
        ...asking,
        decided: outcome.outcome === "granted" ? "grant" : "refuse",
      });
    },
    actors: ({ principal }) => talks(principal),
  });
}

function acquireBy(
  { log, parameters }: Arena,
  { world }: ContentionState,
  p: number,
  { lane }: Principal,
): LaneCommand {
  return {
    type: "acquire",
    leaseId: `g${world.grants + 1}`,
    secretHash: secretOf(p),
    terms: at(at(log.terms, lane ?? 0), p),
    wait: parameters.waits ? { waiterId: `w${p}`, waitMs: 100 } : null,
  };
}

/** It saw a lease that it wants to go on with; what it saw is the token. */
export function askToAdopt({ parameters }: Arena): Family {
  return action({
    name: "askToAdopt",
    over: {
      principal: indices(parameters.adopts ? parameters.principals : 0),
      place: indices(leasesMax),
      forced: parameters.forces ? [false, true] : [false],
    },
    next: (state, { principal: p, place, forced }) => {
      const wanted = state.registry.leases[place];
      if (wanted === undefined || at(state.principals, p).phase !== "idle") return null;
      const { id: lease, token: expected, lane } = wanted;
      return put(state, p, { ...idlePrincipal, phase: "adopting", lane, lease, expected, forced });
    },
    actors: ({ principal }) => talks(principal),
  });
}

/** What was sent happens at the journal. */
export function append(arena: Arena): Family {
  return action({
    name: "append",
    over: { principal: indices(arena.parameters.principals) },
    next: (state, { principal: p }) => {
      const principal = at(state.principals, p);
      if (principal.phase === "acquiring") return appendAcquire(arena, state, p, principal);
      if (principal.phase === "adopting") return appendAdopt(arena, state, p, principal);
      if (principal.beat === "sent" || principal.beat === "coalescing")
        return appendBeat(arena, state, p, principal);
      return null;
    },
    actors: () => ["journal", "journal"],
  });
}

function appendAcquire(
  arena: Arena,
  state: ContentionState,
  p: number,
  asking: Principal,
): ContentionState | null {
  const right = transact(arena, state, acquireBy(arena, state, p, asking));
  const answer = asking.decided === null ? right : decidedEarlier(arena, state, p, asking, right);
  if (exceeds(arena, answer)) return null;
  const outcome = answer.outcome as LaneOutcomes["acquire"];
  if (outcome.outcome === "refused") return put(appended(state, answer), p, idlePrincipal);
  if (outcome.outcome === "waiting") {
    return put(appended(state, answer), p, { ...asking, token: outcome.ticket });
  }
  const { fencingToken: token } = outcome.grant;
  const grants = state.world.grants + 1;
  const after = appended(state, answer);
  const granted: Principal = { ...asking, phase: "granted", token, lease: grants, decided: null };
  return { ...put(after, p, granted), world: { ...after.world, grants } };
}

/** The end of the model: no more tokens, or more leases at a time than it keeps. */
function exceeds({ parameters }: Arena, { registry }: Answer): boolean {
  return registry.mark > parameters.tokens || registry.leases.length > leasesMax;
}

/** The broken journal: what was decided when it asked is appended, whatever happened since. */
function decidedEarlier(
  arena: Arena,
  state: ContentionState,
  p: number,
  asking: Principal,
  right: Answer,
): Answer {
  if (asking.decided === "refuse" || right.outcome.outcome === "granted") return right;
  const alone = transact(
    arena,
    { ...state, registry: { ...state.registry, leases: [] } },
    acquireBy(arena, state, p, asking),
  );
  const leases = [...state.registry.leases, ...alone.registry.leases];
  return { ...alone, registry: { ...alone.registry, leases } };
}

function appendAdopt(
  arena: Arena,
  state: ContentionState,
  p: number,
  adopting: Principal,
): ContentionState | null {
  const { holder, process } = at(at(arena.log.terms, adopting.lane ?? 0), p);
  const answer = transact(arena, state, {
    type: "adopt",
    leaseId: `g${adopting.lease}`,
    expectedToken: adopting.expected,
    secretHash: secretOf(p),
    holder,
    process,
    force: adopting.forced ? { because: "told to" } : null,
  });
  if (exceeds(arena, answer)) return null;
  const outcome = answer.outcome as LaneOutcomes["adopt"];
  if (outcome.outcome !== "adopted") return put(appended(state, answer), p, idlePrincipal);
  const { lane, lease, sent } = adopting;
  const granted: Principal = {
    ...idlePrincipal,
    phase: "granted",
    lane,
    lease,
    sent,
    token: outcome.grant.fencingToken,
  };
  return put(appended(state, answer), p, granted);
}

function appendBeat(
  arena: Arena,
  state: ContentionState,
  p: number,
  principal: Principal,
): ContentionState {
  const answer = transact(arena, state, {
    type: "heartbeat",
    leaseId: `g${principal.lease}`,
    secretHash: secretOf(p),
    coalesceMs: principal.beat === "coalescing" ? state.policy.ttl : 0,
  });
  const outcome = answer.outcome as LaneOutcomes["heartbeat"];
  const after = appended(state, answer);
  if (outcome.outcome === "lost") return put(after, p, { ...principal, beat: "lost" });
  // Broken clocks give ages that no time has.
  const told = arena.host.believesAge
    ? Math.min(Math.max(outcome.confirmedMs, 0), state.policy.ttl)
    : 0;
  return put(after, p, { ...principal, beat: "done", told });
}

/** The answer arrives. A holder counts from when it sent what was confirmed. */
export function hear({ parameters, host }: Arena): Family {
  const countedFrom = ({ sent, told }: Principal, { policy }: ContentionState): number => {
    const { monotonicMs } = laneConfirmedAt(stampAt(host.countsFrom === "sent" ? sent : 0), told);
    return Math.min(100 - monotonicMs, policy.renewDeadline);
  };
  return action({
    name: "hear",
    over: { principal: indices(parameters.principals) },
    next: (state, { principal: p }) => {
      const principal = at(state.principals, p);
      if (principal.phase === "granted") {
        const { lane, lease, token } = principal;
        const confirmed = countedFrom(principal, state);
        return put(state, p, { ...idlePrincipal, phase: "holding", lane, lease, token, confirmed });
      }
      if (principal.beat === "lost") return put(state, p, idlePrincipal);
      if (principal.beat !== "done") return null;
      const confirmed = countedFrom(principal, state);
      return put(state, p, { ...principal, beat: "none", told: 0, sent: 0, confirmed });
    },
    actors: ({ principal }) => ["journal", `principal ${principal}`],
  });
}

/** A holder sends a beat; `coalesce`: it may be elided. */
export function beat({ parameters }: Arena): Family {
  return action({
    name: "beat",
    over: {
      principal: indices(parameters.beats ? parameters.principals : 0),
      coalesce: parameters.coalesces ? [false, true] : [false],
    },
    next: (state, { principal: p, coalesce }) => {
      const principal = at(state.principals, p);
      if (principal.phase !== "holding" || principal.beat !== "none") return null;
      return put(state, p, { ...principal, beat: coalesce ? "coalescing" : "sent", sent: 0 });
    },
    actors: ({ principal }) => talks(principal),
  });
}

/** A holder that was not confirmed for too long stops by itself, and says nothing. */
export function stop({ parameters, host }: Arena): Family {
  return action({
    name: "stop",
    over: { principal: indices(parameters.principals) },
    next: (state, { principal: p }) => {
      const principal = at(state.principals, p);
      const due =
        host.looksAtDeadline && principal.phase === "holding" && mustStop(state, principal);
      return due ? put(state, p, idlePrincipal) : null;
    },
    actors: ({ principal }) => talks(principal),
  });
}

/** A holder gives its lease back: sent, done and heard in one step. */
export function release(arena: Arena): Family {
  return action({
    name: "release",
    over: { principal: indices(arena.parameters.principals) },
    next: (state, { principal: p }) => {
      const principal = at(state.principals, p);
      if (principal.phase !== "holding") return null;
      const leaseId = `g${principal.lease}`;
      const answer = transact(arena, state, { type: "release", leaseId, secretHash: secretOf(p) });
      return put(appended(state, answer), p, idlePrincipal);
    },
    actors: ({ principal }) => talks(principal),
  });
}

/**
 * A call that no holder makes: by somebody who has another secret or none, or who kept the secret and lost
 * everything else, as a process that was started again with it.
 */
export function call(arena: Arena): Family {
  const { parameters } = arena;
  return action({
    name: "call",
    over: {
      principal: indices(parameters.strangers ? parameters.principals : 0),
      place: indices(leasesMax),
      does: ["heartbeat", "release"],
      secret: ["own", "none"],
    },
    next: (state, { principal: p, place, does, secret }) => {
      const lease = state.registry.leases[place];
      if (lease === undefined || at(state.principals, p).phase !== "idle") return null;
      const secretHash = secret === "own" ? secretOf(p) : noSecret;
      const leaseId = `g${lease.id}`;
      const command: LaneCommand =
        does === "release"
          ? { type: "release", leaseId, secretHash }
          : { type: "heartbeat", leaseId, secretHash, coalesceMs: 0 };
      return appended(state, transact(arena, state, command));
    },
    actors: ({ principal }) => talks(principal),
  });
}

/** It writes to what its lease guards, holder or not any more; the resource asks whether its token is the newest. */
export function write(arena: Arena): Family {
  return action({
    name: "write",
    over: { principal: indices(arena.parameters.strangers ? arena.parameters.principals : 0) },
    next: (state, { principal }) =>
      at(state.principals, principal).phase === "holding" ? state : null,
    effects: (state, { principal: p }) => {
      const { token, lane } = at(state.principals, p);
      const target = { lane: at(at(arena.log.terms, lane ?? 0), p).lane };
      const { outcome } = transact(arena, state, {
        type: "checkFence",
        fencingToken: token,
        target,
      });
      return [{ type: outcome.outcome === "current" ? "written" : "fenced", token }];
    },
    actors: ({ principal }) => [`principal ${principal}`, "resource"],
  });
}
