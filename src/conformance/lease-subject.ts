/**
 * A running lane-lease store as a state of the system `lane-contention`: performs the actions of the model on it,
 * and says in which state of the model it is afterwards.
 *
 * What principals know and do by themselves is the model's word, as they are this file's own clients; what the
 * store answers, lists and takes is its own. Times are whole ticks of the model.
 */
import { isDeepStrictEqual } from "node:util";

import type { ActionInstance } from "../../spec/kernel/index.js";
import {
  type ContentionParameters,
  type ContentionState,
  type Principal,
  type RegistryLease,
  attachmentsOf,
  idlePrincipal,
} from "../../spec/systems/lane-contention-state.js";
import { LeaseLine } from "./lease-line.js";
import { LeaseTokens } from "./lease-tokens.js";
import type { LeaseAnswer, LeaseClient, LeaseProof, LeaseStoreUnderTest, ListedLease } from "./lease-adapter.js";

/** One tick of the model. */
export const leaseTickMs = 1_000;
/** How far a step moves the wall clock: further than any TTL. */
const wallStepMs = 3_600_000;

/** Both lanes reach `src/a.ts`, and neither is a prefix of the other. */
const regions = [["src/[ab].ts"], ["src/a.ts", "lib/**"]] as const;

/** The state after an action as the store shows it, and the effects of the action. */
export interface Seen {
  readonly state: ContentionState;
  readonly effects: readonly unknown[];
}

/** What came of a call: its token as the store gave it, and the principal afterwards. */
interface Sent {
  readonly token: number | null;
  readonly told: () => Principal;
}

export class LeaseSubject {
  readonly #store: LeaseStoreUnderTest;
  readonly #parameters: ContentionParameters;
  readonly #clients = new Map<number, LeaseClient>();
  /** Numbers of the leases in the order of their grants, by id. */
  readonly #numbers = new Map<string, number>();
  /** Secrets that were given out: by lease, then by principal. */
  readonly #secrets = new Map<string, Map<number, string>>();
  readonly #tokens = new LeaseTokens();
  /** Calls of principals that wait for a lane. */
  readonly #lines = new Map<number, LeaseLine>();

  constructor(store: LeaseStoreUnderTest, parameters: ContentionParameters) {
    this.#store = store;
    this.#parameters = parameters;
  }

  /** Performs the action on the store; `expected` is what the model makes of it. */
  async perform(before: ContentionState, action: ActionInstance, expected: ContentionState): Promise<Seen> {
    const effects: unknown[] = [];
    const principal = Number(action.args["principal"] ?? 0);
    const known = await this.#act(before, action, expected, effects);
    const left = before.principals[principal];
    const drops = known.principals[principal]?.token === 0 && (left?.token ?? 0) > 0;
    if (action.name === "crash" || (drops && left?.lane === before.policy.processLane)) await this.#end(principal);
    return { state: await this.look(known), effects };
  }

  /** `appends` of two principals, under way at the same time. */
  async together(before: ContentionState, one: number, other: number): Promise<ContentionState> {
    const sent = await Promise.all([this.#sent(before, one, before), this.#sent(before, other, before)]);
    this.#tokens.learn(sent.flatMap(({ token }) => token ?? []), before.world.given);
    const [first, second] = [sent[0].told(), sent[1].told()];
    const granted = (principal: Principal): boolean => principal.phase === "granted";
    const grants = [before.principals[one], before.principals[other]].filter((asked, index) =>
      asked?.phase === "acquiring" && granted(index === 0 ? first : second));
    const principals = before.principals.map((is, number) =>
      number === one ? first : number === other ? second : is);
    const world = { ...before.world, grants: before.world.grants + grants.length };
    return this.look({ ...before, principals, world });
  }

  /** The registry as the store lists it, in the state that is known otherwise. */
  async look(known: ContentionState): Promise<ContentionState> {
    const listed = (await this.#store.live()).filter((lease) => !this.#isAhead(lease, known));
    const { registry, world } = known;
    const seen = listed.map((lease) => this.#leaseOf(lease, known)).sort((one, other) => one.id - other.id);
    // Laws ask whether anything changed by looking whether it is the same object.
    const leases = same(registry.leases, seen.map((lease) => same(leaseIn(known, lease), lease)));
    const waiters = same(registry.waiters, this.#waiters(known));
    const given = Math.max(world.given, ...[...leases, ...known.principals].map(({ token }) => token));
    return {
      ...known,
      registry: same(registry, { ...registry, mark: given, leases, waiters }),
      world: given === world.given ? world : { ...world, given },
    };
  }

  /** It waits, and the store has answered meanwhile. */
  isAnswered(principal: number): boolean {
    return (this.#lines.get(principal)?.answer ?? null) !== null;
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.end();
    await this.#store.close();
  }

  async #act(
    before: ContentionState,
    { name, args }: ActionInstance,
    expected: ContentionState,
    effects: unknown[],
  ): Promise<ContentionState> {
    const principal = Number(args["principal"] ?? 0);
    const own = { ...expected, registry: before.registry, world: { ...expected.world, given: before.world.given } };
    switch (name) {
      case "append": {
        const { token, told } = await this.#sent(before, principal, expected);
        if (token !== null) this.#tokens.learn([token], before.world.given);
        const next = told();
        const isNew = before.principals[principal]?.phase === "acquiring" && next.phase === "granted";
        const world = { ...before.world, grants: before.world.grants + (isNew ? 1 : 0) };
        return { ...put(before, principal, next), world };
      }
      case "release":
        await (await this.#client(principal)).release(this.#proof(principal, before.principals[principal]?.lease ?? 0));
        return own;
      case "call":
        await this.#call(before, args);
        return own;
      case "write":
        effects.push(await this.#write(before, principal));
        return own;
      case "sweep":
        await this.#store.scavenge?.();
        return own;
      case "compact":
        await this.#store.compact?.();
        return own;
      case "stepWall":
        await this.#store.stepWall?.(Number(args["to"]) * wallStepMs);
        return own;
      case "reboot":
        this.#clients.clear();
        await this.#store.reboot?.();
        return own;
      case "tick":
        await this.#store.advance(leaseTickMs);
        return own;
      default:
        return own;
    }
  }

  /** What was sent happens at the store: the principal as it is afterwards, once its token is known. */
  async #sent(before: ContentionState, number: number, expected: ContentionState): Promise<Sent> {
    const principal = before.principals[number] ?? idlePrincipal;
    const client = await this.#client(number);
    if (principal.phase === "acquiring") {
      const answer = await this.#acquired(client, number, principal, expected.principals[number] ?? idlePrincipal);
      if (answer !== null) return this.#answered(number, answer, { ...principal, token: 0, decided: null });
      const ticket = principal.token > 0 ? principal.token : before.world.given + 1;
      return { token: null, told: () => ({ ...principal, token: ticket }) };
    }
    if (principal.phase === "adopting") {
      const answer = await client.adopt?.({
        leaseId: this.#idOf(principal.lease),
        expectedToken: this.#tokens.realOf(principal.expected),
        holder: holderName(number),
        force: principal.forced,
      });
      const { lane, lease: wanted, sent } = principal;
      return this.#answered(number, answer ?? { outcome: "refused" }, { ...idlePrincipal, lane, lease: wanted, sent });
    }
    const { ttl } = before.policy;
    const coalesceMs = principal.beat === "coalescing" ? ttl * leaseTickMs : 0;
    const answer = await client.heartbeat(this.#proof(number, principal.lease), coalesceMs);
    if (answer.outcome === "lost") return { token: null, told: () => ({ ...principal, beat: "lost" }) };
    const told = Math.min(Math.max(ticks(answer.confirmedMs), 0), ttl);
    return { token: null, told: () => ({ ...principal, beat: "done", told }) };
  }

  /** Null: it waits. */
  async #acquired(client: LeaseClient, number: number, principal: Principal, expected: Principal): Promise<LeaseAnswer | null> {
    const request = this.#request(number, principal.lane ?? 0);
    if (!this.#parameters.waits) return client.acquire(request);
    const line = this.#lines.get(number) ?? new LeaseLine(this.#store, client, request);
    this.#lines.set(number, line);
    await line.settle(expected.phase === "granted");
    if (line.answer !== null) this.#lines.delete(number);
    return line.answer;
  }

  #answered(number: number, answer: LeaseAnswer, asked: Principal): Sent {
    if (answer.outcome === "refused") return { token: null, told: () => idlePrincipal };
    const { leaseId, fencingToken, secret } = answer;
    const lease = this.#numberOf(leaseId);
    const secrets = this.#secrets.get(leaseId) ?? new Map<number, string>();
    this.#secrets.set(leaseId, secrets.set(number, secret));
    const told = (): Principal => ({ ...asked, phase: "granted", token: this.#tokens.modelOf(fencingToken), lease });
    return { token: fencingToken, told };
  }

  /** Who waits, as the principals know it: first come, first served. */
  #waiters({ principals }: ContentionState): ContentionState["registry"]["waiters"] {
    const waiting = principals.flatMap(({ phase, token: ticket, lane }, principal) =>
      this.#parameters.waits && phase === "acquiring" && ticket > 0 ? [{ principal, ticket, lane: lane ?? 0, otherBoot: false }] : [],
    );
    return waiting.sort((one, other) => one.ticket - other.ticket);
  }

  /** It was granted to somebody who waits, whose call has not come back yet: a step of its own, that comes next. */
  #isAhead({ leaseId, holder }: ListedLease, { principals }: ContentionState): boolean {
    const { phase, token } = principals[Number(holder.slice("principal-".length))] ?? idlePrincipal;
    return this.#parameters.waits && phase === "acquiring" && token > 0 && !this.#numbers.has(leaseId);
  }

  async #call(before: ContentionState, args: ActionInstance["args"]): Promise<void> {
    const principal = Number(args["principal"]);
    const called = before.registry.leases[Number(args["place"])];
    if (called === undefined) return;
    const leaseId = this.#idOf(called.id);
    // Somebody who never held it makes a secret up.
    const kept = called.holder === principal ? this.#secrets.get(leaseId)?.get(principal) : holderName(principal);
    const proof = { leaseId, secret: args["secret"] === "own" ? (kept ?? "") : "" };
    const client = await this.#client(principal);
    if (args["does"] === "release") await client.release(proof);
    else await client.heartbeat(proof, 0);
  }

  async #write(before: ContentionState, number: number): Promise<unknown> {
    const { token, lane } = before.principals[number] ?? idlePrincipal;
    const client = await this.#client(number);
    const answer = await client.checkFence?.(this.#tokens.realOf(token), laneName(lane ?? 0));
    return { type: answer === "current" ? "written" : "fenced", token };
  }

  async #client(number: number): Promise<LeaseClient> {
    const known = this.#clients.get(number);
    if (known !== undefined) return known;
    const client = await this.#store.client(holderName(number));
    this.#clients.set(number, client);
    return client;
  }

  async #end(number: number): Promise<void> {
    const client = this.#clients.get(number);
    this.#clients.delete(number);
    this.#lines.delete(number);
    await client?.end();
  }

  #request(number: number, lane: number) {
    const attachment = attachmentsOf(this.#parameters)[lane] ?? "detached";
    const region = this.#store.regions === true ? [...(regions[lane] ?? [])] : [];
    const ttlMs = this.#parameters.ttl * leaseTickMs;
    return { lane: laneName(lane), region, holder: holderName(number), attachment, ttlMs };
  }

  #proof(principal: number, number: number): LeaseProof {
    const leaseId = this.#idOf(number);
    return { leaseId, secret: this.#secrets.get(leaseId)?.get(principal) ?? "" };
  }

  #idOf(number: number): string {
    for (const [id, known] of this.#numbers) if (known === number) return id;
    return "none";
  }

  #numberOf(leaseId: string): number {
    const known = this.#numbers.get(leaseId);
    if (known !== undefined) return known;
    this.#numbers.set(leaseId, this.#numbers.size + 1);
    return this.#numbers.size;
  }

  #leaseOf(listed: ListedLease, known: ContentionState): RegistryLease {
    const { ttl } = known.policy;
    const id = this.#numberOf(listed.leaseId);
    this.#tokens.learn([listed.fencingToken], known.world.given);
    const token = this.#tokens.modelOf(listed.fencingToken);
    const before = known.registry.leases.find((one) => one.id === id && one.token === token);
    const age = listed.beatAgeMs === null ? 0 : saturated(ticks(listed.beatAgeMs), ttl);
    const beaten = before === undefined || age < before.age;
    return {
      id,
      token,
      lane: Number(listed.lane.slice("lane-".length)),
      holder: Number(listed.holder.slice("principal-".length)),
      age,
      otherBoot: listed.beatAgeMs === null,
      skew: beaten ? known.world.skew : before.skew,
      doubtAge: listed.doubtedMs === null ? null : saturated(ticks(listed.doubtedMs), ttl),
      doubtOtherBoot: false,
    };
  }
}

function leaseIn({ registry }: ContentionState, { id }: RegistryLease): RegistryLease | undefined {
  return registry.leases.find((one) => one.id === id);
}

function same<T extends object>(known: T | undefined, seen: T): T {
  return known !== undefined && isDeepStrictEqual(known, seen) ? known : seen;
}

const ticks = (ms: number): number => Math.round(ms / leaseTickMs);
const saturated = (age: number, ttl: number): number => Math.min(age, ttl + 1);
const laneName = (lane: number): string => `lane-${lane}`;
const holderName = (principal: number): string => `principal-${principal}`;

function put(state: ContentionState, index: number, principal: Principal): ContentionState {
  return { ...state, principals: state.principals.map((is, place) => (place === index ? principal : is)) };
}
