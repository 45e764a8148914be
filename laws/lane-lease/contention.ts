/**
 * What the lane-lease laws read off a state, in their own words: ages, deaths and conflicts are computed here
 * again, from what is true in the model, and nothing is taken from the decisions that are judged.
 */
import type { ActionInstance } from "../../spec/kernel/index.js";
import type {
  ContentionState,
  Principal,
  RegistryLease,
} from "../../spec/systems/lane-contention-state.js";

export type { ContentionState, Principal, RegistryLease };

/** Both lanes of the model reach one path, and every claim is exclusive: any two leases conflict. */
export function conflicting(one: RegistryLease, other: RegistryLease): boolean {
  return one.id !== other.id;
}

/** The process of the token runs. */
function processRuns({ principals }: ContentionState, { token }: RegistryLease): boolean {
  return principals.some((principal) => principal.token === token);
}

/** The process is gone, by itself or with an earlier boot. */
export function holderIsGone(state: ContentionState, lease: RegistryLease): boolean {
  return lease.lane === state.policy.processLane && (lease.otherBoot || !processRuns(state, lease));
}

/** Its time is over: no beat for longer than the TTL, or nobody has known its age for that long. */
export function timeIsOver({ policy }: ContentionState, lease: RegistryLease): boolean {
  const { age, otherBoot, doubtAge, doubtOtherBoot } = lease;
  if (doubtAge !== null) return !doubtOtherBoot && doubtAge > policy.ttl;
  return !otherBoot && age > policy.ttl;
}

export function isDead(state: ContentionState, lease: RegistryLease): boolean {
  return holderIsGone(state, lease) || timeIsOver(state, lease);
}

/** Not dead, and its age is known. */
export function isLive(state: ContentionState, lease: RegistryLease): boolean {
  return !isDead(state, lease) && lease.doubtAge === null && !lease.otherBoot;
}

export function leaseOf({ registry }: ContentionState, token: number): RegistryLease | undefined {
  return registry.leases.find((lease) => lease.token === token);
}

/** The principal acts on its lease, as far as it can know it may. */
export function actsAsHolder(
  { policy }: ContentionState,
  { phase, confirmed }: Principal,
): boolean {
  return phase === "holding" && confirmed < policy.renewDeadline;
}

/** The principal an action is of. */
export function actorOf(state: ContentionState, action: ActionInstance): Principal | undefined {
  return state.principals[action.args["principal"] as number];
}

/** `lease 2 (lane 0, token 3, principal 1, beat 1 ticks ago)`. */
export function show({ id, lane, token, holder, age, otherBoot, doubtAge }: RegistryLease): string {
  const beat = otherBoot ? "beat before the reboot" : `beat ${age} ticks ago`;
  const doubt = doubtAge === null ? "" : `, doubted ${doubtAge} ticks ago`;
  return `lease ${id} (lane ${lane}, token ${token}, principal ${holder}, ${beat}${doubt})`;
}
