/** The actions of `lane-contention` that no principal takes: crashes, the sweep, compaction, clocks, reboots. */
import { type ActionFamily, defineAction } from "../kernel/index.js";
import {
  type Arena,
  type WriteEffect,
  appended,
  put,
  talks,
  transact,
} from "./lane-contention-actions.js";
import { older } from "./lane-contention-log.js";
import {
  type ContentionState,
  type Principal,
  type Registry,
  idlePrincipal,
} from "./lane-contention-state.js";
import { at, indices } from "./worker-plane-members.js";

type Family = ActionFamily<ContentionState, WriteEffect>;
const action = defineAction<ContentionState, WriteEffect>();

/** The process ends: what it held of the kernel is free, what it knew is lost. What it sent may have happened. */
export function crash({ parameters }: Arena): Family {
  return action({
    name: "crash",
    over: { principal: indices(parameters.principals) },
    next: (state, { principal: p }) =>
      at(state.principals, p).phase === "idle" ? null : put(state, p, idlePrincipal),
    actors: ({ principal }) => talks(principal),
  });
}

export function sweep(arena: Arena): Family {
  return action({
    name: "sweep",
    over: {},
    next: (state) => appended(state, transact(arena, state, { type: "scavenge" })),
    actors: () => ["journal", "journal"],
  });
}

/** The log is rewritten as a checkpoint, and read back. */
export function compact({ log }: Arena): Family {
  return action({
    name: "compact",
    over: {},
    next: (state) => ({ ...state, registry: log.compact(state.registry) }),
    actors: () => ["journal", "journal"],
  });
}

/** Somebody sets the wall clock: forward by more than a TTL, or back again. */
export function stepWall({ parameters }: Arena): Family {
  return action({
    name: "stepWall",
    over: { to: parameters.wallSteps ? [0, 1] : [] },
    next: (state, { to }) =>
      state.world.skew === to ? null : { ...state, world: { ...state.world, skew: to } },
    actors: () => ["clock", "clock"],
  });
}

/** The host starts anew: every process is gone, and no stamp of before can be compared with one of after. */
export function reboot({ parameters }: Arena): Family {
  return action({
    name: "reboot",
    over: { number: indices(parameters.reboots) },
    next: (state, { number }) => {
      if (state.world.reboots !== number) return null;
      const { registry, world } = state;
      const leases = registry.leases.map((lease) => {
        const doubtAge = lease.doubtAge === null ? null : 0;
        return {
          ...lease,
          age: 0,
          skew: 0,
          otherBoot: true,
          doubtAge,
          doubtOtherBoot: doubtAge !== null,
        };
      });
      const waiters = registry.waiters.map((waiter) => ({ ...waiter, otherBoot: true }));
      return {
        ...state,
        registry: { ...registry, leases, waiters },
        principals: state.principals.map(() => idlePrincipal),
        world: { ...world, reboots: number + 1 },
      };
    },
    actors: () => ["host", "host"],
  });
}

export function tick({ parameters, host }: Arena): Family {
  return action({
    name: "tick",
    over: { by: parameters.ticks ? [1] : [] },
    next: (state) => {
      const { renewDeadline } = state.policy;
      const registry: Registry = older(state.registry, parameters.ttl);
      const principals = state.principals.map((principal) => {
        const next = aged(principal, renewDeadline);
        return host.countsFrom === "never" ? { ...next, confirmed: principal.confirmed } : next;
      });
      return { ...state, registry, principals };
    },
    actors: () => ["clock", "clock"],
  });
}

function aged(principal: Principal, deadline: number): Principal {
  const waits =
    principal.phase === "holding" ? principal.beat !== "none" : principal.phase !== "idle";
  const sent = waits ? Math.min(principal.sent + 1, deadline) : 0;
  const confirmed = principal.phase === "holding" ? Math.min(principal.confirmed + 1, deadline) : 0;
  if (sent === principal.sent && confirmed === principal.confirmed) return principal;
  return { ...principal, sent, confirmed };
}
