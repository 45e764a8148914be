/**
 * The smallest store that the kit finds nothing wrong with: one list, in memory. To read before an adapter is
 * written, and to break: each named break is a mistake that stores have made, and a law that has to find it.
 *
 * Its stamps are milliseconds of one clock; a reboot it does not know.
 */
import type { LeaseAdapter, LeaseAnswer, LeaseClient, LeaseProof, LeaseRequest, LeaseStoreUnderTest } from "./lease-adapter.js";

const asks = (p: number, lane = 0): readonly string[] => [`ask(principal=${p}, lane=${lane})`, `append(principal=${p})`];
const holds = (p: number, lane = 0): readonly string[] => [...asks(p, lane), `hear(principal=${p})`];
/** One gives the lane back, another has got it meanwhile, and the first asks again. */
const passes = (from: number, to: number): readonly string[] => [`release(principal=${from})`, `hear(principal=${to})`, ...asks(from)];
const waits = (ticks: number): readonly string[] => Array.from({ length: ticks }, () => "tick(by=1)");
const adopts = (p: number, forced: boolean): string => `askToAdopt(principal=${p}, place=0, forced=${forced})`;
const calls = (p: number, does: string, secret: string): string => `call(principal=${p}, place=0, does=${does}, secret=${secret})`;

interface Mistake {
  readonly change: string;
  /** The laws it may break, the one it is meant for first. */
  readonly laws: readonly string[];
  /** A script that shows it, by itself or by what is compared where it ends. */
  readonly script: { readonly scene: string; readonly steps: readonly string[] };
}

/** Mistakes by name. */
export const leaseBreaks = {
  "read, then write": {
    change: "what is decided on was read before others wrote",
    laws: ["NL1", "NL6"],
    script: { scene: "contention", steps: ["ask(principal=0, lane=0)", "ask(principal=1, lane=0)", "race"] },
  },
  "tokens start again": {
    change: "after a compaction tokens go on from the highest in force",
    laws: ["NL2"],
    script: { scene: "contention", steps: [...holds(0), "release(principal=0)", "compact", ...asks(1)] },
  },
  "the fence knows no end": {
    change: "a resource takes every token that was ever given",
    laws: ["NL2"],
    script: { scene: "adoption", steps: [...holds(0), ...waits(3), "sweep", "write(principal=0)"] },
  },
  "anybody is the holder": {
    change: "a beat or a release is taken from whoever names the lease",
    laws: ["NL3"],
    script: { scene: "adoption", steps: [...asks(0), calls(1, "release", "none")] },
  },
  "late beats count": {
    change: "a beat is taken however old the last one is",
    laws: ["NL4"],
    script: { scene: "pace", steps: [...holds(0), "beat(principal=0, coalesce=false)", ...waits(5), "append(principal=0)"] },
  },
  "the second adopter wins too": {
    change: "the token that an adopter saw is not compared",
    laws: ["NL5"],
    script: {
      scene: "adoption",
      steps: [...asks(0), "crash(principal=0)", adopts(0, true), adopts(1, true), "append(principal=0)", "append(principal=1)"],
    },
  },
  "no evidence needed": {
    change: "a lease is taken over from a holder that lives",
    laws: ["NL5"],
    script: { scene: "adoption", steps: [...asks(0), adopts(1, false), "append(principal=1)"] },
  },
  "the wall clock decides": {
    change: "ages are measured on the wall clock",
    laws: ["NL6"],
    script: { scene: "pace", steps: [...holds(0), "stepWall(to=1)", ...asks(1)] },
  },
  "processes are not looked at": {
    change: "a lease outlives its process until its TTL is over",
    laws: ["NL6", "NL9"],
    script: { scene: "contention", steps: [...asks(0), "crash(principal=0)", ...asks(1)] },
  },
  "no queue": {
    change: "who asked last gets what becomes free",
    laws: ["NL9"],
    script: { scene: "queue", steps: [...holds(1), ...asks(0), ...asks(2), ...passes(1, 2), ...passes(2, 1), ...passes(1, 2), ...passes(2, 1)] },
  },
  "the dead keep their place": {
    change: "a waiter whose process has ended stays ahead of the others",
    laws: ["NL9"],
    script: { scene: "queue", steps: [...holds(0), ...asks(1), ...asks(2), "crash(principal=1)", "release(principal=0)"] },
  },
  "elides whatever lives": {
    change: "a beat is elided as long as the lease is not dead",
    laws: ["NL7"],
    script: { scene: "pace", steps: [...holds(0), ...waits(1), "beat(principal=0, coalesce=true)", "append(principal=0)"] },
  },
  "dead before its time": {
    change: "a lease is over after a quarter of its TTL, and is swept away",
    laws: ["NL8"],
    script: { scene: "contention", steps: [...holds(0, 1), ...waits(1), "sweep"] },
  },
  "conflict one way": {
    change: "a request conflicts only with what its own region begins with",
    laws: ["NL10"],
    script: { scene: "contention", steps: [] },
  },
} as const satisfies Readonly<Record<string, Mistake>>;

/** Name of a mistake. */
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

/** The store in memory, whole or with one mistake, as `checkLeaseStore` takes it. */
export function memoryLeaseStore(broken: LeaseBreak | null = null): LeaseAdapter {
  return {
    name: broken === null ? "memory store" : `memory store: ${broken}`,
    open: () => Promise.resolve(new Memory(broken)),
  };
}

/** A call that waits. */
interface Waiter {
  readonly request: LeaseRequest;
  readonly client: number;
  readonly granted: (answer: LeaseAnswer) => void;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Memory implements LeaseStoreUnderTest {
  readonly processes = true;
  readonly regions = true;
  readonly answersWithinMs = 100;
  #line: readonly Waiter[] = [];
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
      wait: (request) => this.#wait(request, number),
      heartbeat: (proof, coalesceMs) => Promise.resolve(this.#beat(proof, coalesceMs)),
      release: (proof) => {
        const answer = this.#release(proof);
        this.#serve();
        return Promise.resolve(answer);
      },
      adopt: ({ leaseId, expectedToken, holder, force }) =>
        Promise.resolve(this.#adopt(leaseId, expectedToken, holder, force, number)),
      checkFence: (token, lane) => Promise.resolve(this.#fence(token, lane) ? "current" : "stale"),
      end: () => {
        this.#alive.delete(number);
        this.#serve();
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

  waiting() {
    const alive = this.#line.filter(({ client }) => this.#alive.has(client));
    return Promise.resolve(alive.map(({ request: { lane, holder } }) => ({ lane, holder })));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #acquire(request: LeaseRequest, client: number): Promise<LeaseAnswer> {
    const rivals = this.#leases.filter((lease) => this.#conflict(lease, request));
    if (this.broken === "read, then write") await turn();
    if (rivals.some((lease) => !this.#isDead(lease))) return { outcome: "refused" };
    this.#leases = this.#leases.filter((lease) => !rivals.includes(lease));
    return this.#grant(request, client);
  }

  #wait(request: LeaseRequest, client: number): Promise<LeaseAnswer> {
    return new Promise((granted) => {
      this.#line = [...this.#line, { request, client, granted }];
      this.#serve();
    });
  }

  /** Whoever is next is granted what is free now. */
  #serve(): void {
    const line = this.broken === "no queue" ? this.#line.toReversed() : this.#line;
    for (const waiter of line) {
      const { request, client, granted } = waiter;
      const gone = !this.#alive.has(client);
      const rivals = this.#leases.filter((lease) => this.#conflict(lease, request));
      if (gone && this.broken === "the dead keep their place") return;
      if (!gone && rivals.some((lease) => !this.#isDead(lease))) continue;
      this.#line = this.#line.filter((one) => one !== waiter);
      if (gone) continue;
      this.#leases = this.#leases.filter((lease) => !rivals.includes(lease));
      granted(this.#grant(request, client));
    }
  }

  #grant(request: LeaseRequest, client: number): LeaseAnswer {
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
    return this.#now - beatAt > (this.broken === "dead before its time" ? ttlMs / 4 : ttlMs);
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
