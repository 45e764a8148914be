/**
 * The smallest store that the kit finds nothing wrong with: one list, in memory. To read before an adapter is
 * written, and to break: each named break is a mistake that stores have made, and a law that has to find it.
 *
 * Its stamps are milliseconds of one clock; a reboot it does not know.
 */
import type { LeaseAdapter, LeaseAnswer, LeaseClient, LeaseProof, LeaseRequest, LeaseStoreUnderTest } from "./lease-adapter.js";

/** Mistakes by name, what each changes, and the laws it may break. */
export const leaseBreaks = {
  "read, then write": { change: "what is decided on was read before others wrote", laws: ["NL1", "NL6"] },
  "tokens start again": { change: "after a compaction tokens go on from the highest in force", laws: ["NL2"] },
  "the fence knows no end": { change: "a resource takes every token that was ever given", laws: ["NL2"] },
  "anybody is the holder": { change: "a beat or a release is taken from whoever names the lease", laws: ["NL3"] },
  "late beats count": { change: "a beat is taken however old the last one is", laws: ["NL4"] },
  "the second adopter wins too": { change: "the token that an adopter saw is not compared", laws: ["NL5"] },
  "no evidence needed": { change: "a lease is taken over from a holder that lives", laws: ["NL5"] },
  "the wall clock decides": { change: "ages are measured on the wall clock", laws: ["NL6"] },
  "processes are not looked at": { change: "a lease outlives its process until its TTL is over", laws: ["NL6"] },
  "elides whatever lives": { change: "a beat is elided as long as the lease is not dead", laws: ["NL7"] },
  "dead before its time": { change: "a lease is over after half of its TTL", laws: ["NL8"] },
  "conflict one way": { change: "a request conflicts only with what its own region begins with", laws: ["NL10"] },
} as const satisfies Readonly<Record<string, { readonly change: string; readonly laws: readonly string[] }>>;

export type LeaseBreak = keyof typeof leaseBreaks;

interface Held extends LeaseRequest {
  readonly leaseId: string;
  holder: string;
  token: number;
  secret: string;
  beatAt: number;
  beatWall: number;
  client: number;
}

export function memoryLeaseStore(broken: LeaseBreak | null = null): LeaseAdapter {
  return {
    name: broken === null ? "memory store" : `memory store: ${broken}`,
    open: () => Promise.resolve(new Memory(broken)),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Memory implements LeaseStoreUnderTest {
  readonly processes = true;
  readonly regions = true;
  #leases: Held[] = [];
  #now = 0;
  #ahead = 0;
  #mark = 0;
  #clients = 0;
  readonly #alive = new Set<number>();

  constructor(private readonly broken: LeaseBreak | null) {}

  client(): Promise<LeaseClient> {
    const number = (this.#clients += 1);
    this.#alive.add(number);
    return Promise.resolve({
      acquire: (request) => this.#acquire(request, number),
      heartbeat: (proof, coalesceMs) => Promise.resolve(this.#beat(proof, coalesceMs)),
      release: (proof) => Promise.resolve(this.#release(proof)),
      adopt: ({ leaseId, expectedToken, holder, force }) =>
        Promise.resolve(this.#adopt(leaseId, expectedToken, holder, force, number)),
      checkFence: (token, lane) => Promise.resolve(this.#fence(token, lane) ? "current" : "stale"),
      end: () => {
        this.#alive.delete(number);
        return Promise.resolve();
      },
    });
  }

  live() {
    return Promise.resolve(
      this.#leases.map(({ leaseId, lane, holder, token, beatAt }) => {
        return { leaseId, lane, holder, fencingToken: token, beatAgeMs: this.#now - beatAt, doubtedMs: null };
      }),
    );
  }

  advance(ms: number): Promise<void> {
    this.#now += ms;
    return Promise.resolve();
  }

  stepWall(aheadMs: number): Promise<void> {
    this.#ahead = aheadMs;
    return Promise.resolve();
  }

  compact(): Promise<void> {
    if (this.broken === "tokens start again") this.#mark = Math.max(0, ...this.#leases.map(({ token }) => token));
    return Promise.resolve();
  }

  scavenge(): Promise<void> {
    this.#leases = this.#leases.filter((lease) => !this.#isDead(lease));
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #acquire(request: LeaseRequest, client: number): Promise<LeaseAnswer> {
    const rivals = this.#leases.filter((lease) => this.#conflict(lease, request));
    if (this.broken === "read, then write") await turn();
    if (rivals.some((lease) => !this.#isDead(lease))) return { outcome: "refused" };
    this.#leases = this.#leases.filter((lease) => !rivals.includes(lease));
    const token = (this.#mark += 1);
    const lease: Held = {
      ...request,
      leaseId: `lease-${this.#now}-${token}-${this.#clients}-${client}`,
      token,
      secret: `secret-${token}`,
      beatAt: this.#now,
      beatWall: this.#now + this.#ahead,
      client,
    };
    this.#leases.push(lease);
    return answerOf(lease);
  }

  #beat(proof: LeaseProof, coalesceMs: number) {
    const lease = this.#heldBy(proof);
    if (lease === undefined) return { outcome: "lost" } as const;
    const age = this.#now - lease.beatAt;
    const window = this.broken === "elides whatever lives" ? coalesceMs : Math.min(coalesceMs, lease.ttlMs / 4);
    if (age < window) return { outcome: "beaten", confirmedMs: age } as const;
    lease.beatAt = this.#now;
    lease.beatWall = this.#now + this.#ahead;
    return { outcome: "beaten", confirmedMs: 0 } as const;
  }

  #release(proof: LeaseProof): "released" | "lost" {
    const lease = this.#heldBy(proof);
    if (lease === undefined) return "lost";
    this.#leases = this.#leases.filter((one) => one !== lease);
    return "released";
  }

  #adopt(leaseId: string, expected: number, holder: string, force: boolean, client: number): LeaseAnswer {
    const lease = this.#leases.find((one) => one.leaseId === leaseId);
    if (lease === undefined || this.#isOver(lease)) return { outcome: "refused" };
    if (lease.token !== expected && this.broken !== "the second adopter wins too") return { outcome: "refused" };
    if (!force && !this.#isGone(lease) && this.broken !== "no evidence needed") return { outcome: "refused" };
    const token = (this.#mark += 1);
    Object.assign(lease, { holder, token, secret: `secret-${token}`, client, beatAt: this.#now });
    lease.beatWall = this.#now + this.#ahead;
    return answerOf(lease);
  }

  #fence(token: number, lane: string): boolean {
    if (this.broken === "the fence knows no end") return token <= this.#mark;
    const lease = this.#leases.find((one) => one.token === token && one.lane === lane);
    return lease !== undefined && !this.#isDead(lease);
  }

  #heldBy({ leaseId, secret }: LeaseProof): Held | undefined {
    const lease = this.#leases.find((one) => one.leaseId === leaseId);
    if (lease === undefined) return undefined;
    if (secret !== lease.secret && this.broken !== "anybody is the holder") return undefined;
    return this.#isDead(lease) && this.broken !== "late beats count" ? undefined : lease;
  }

  #isGone({ attachment, client }: Held): boolean {
    return attachment === "process" && !this.#alive.has(client);
  }

  #isOver({ beatAt, beatWall, ttlMs }: Held): boolean {
    if (this.broken === "the wall clock decides") return this.#now + this.#ahead - beatWall > ttlMs;
    return this.#now - beatAt > (this.broken === "dead before its time" ? ttlMs / 2 : ttlMs);
  }

  #isDead(lease: Held): boolean {
    const gone = this.broken !== "processes are not looked at" && this.#isGone(lease);
    return gone || this.#isOver(lease);
  }

  /** Globs as the kit writes them: both lanes reach one path. */
  #conflict(one: LeaseRequest, other: LeaseRequest): boolean {
    if (one.lane === other.lane) return true;
    if (this.broken !== "conflict one way") return one.region.length > 0 && other.region.length > 0;
    return other.region.some((glob) => one.region.some((known) => glob.startsWith(known.split(/[*?[]/)[0] ?? "")));
  }
}

function answerOf({ leaseId, token, secret }: Held): LeaseAnswer {
  return { outcome: "granted", leaseId, fencingToken: token, secret };
}
