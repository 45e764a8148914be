/**
 * One script of commands on a lane-lease store whose disk can fail, whose processes can be killed and whose power can be
 * cut. After each command some possibility has to explain every answer and what the store lists. It ends at the first thing
 * that is wrong.
 *
 * A durable answer stands for everything before it. Of the rest a power cut may take the end.
 */
import type { Stamp } from "../../spec/vocabulary/lane.js";
import { ArmedFaults, FaultAftermath } from "./fault-commands.js";
import type { LeaseAnswer, LeaseClient, LeaseProof, LeaseStoreUnderTest, ListedLease } from "./lease-adapter.js";
import { type LeaseCall, type LeaseCommand, faultTtlMs, leaseHolders } from "./lease-commands.js";
import {
  type AskedCall,
  type LeaseHeard,
  type MadeCall,
  type Possibility,
  answerIn,
  asListed,
  distinct,
  explain,
  leasesText,
  listingText,
  nothingHappened,
} from "./lease-possible.js";
import type { Divergence } from "./report.js";

/** Things that may be true at once. Scripts by chance seldom come to 20. */
export const possibilitiesMax = 256;

/** Whatever process of the store sweeps and compacts: none of those that hold leases. */
const sweeper = leaseHolders.length;

/** What the decisions allow, and what was seen. */
export type LeaseFault = Omit<Divergence, "step">;

export class LeaseFaultScript {
  readonly #store: LeaseStoreUnderTest;
  readonly #clients: LeaseClient[] = [];
  readonly #faults: ArmedFaults;
  readonly #aftermath = new FaultAftermath([...leaseHolders.keys(), sweeper]);
  /** Numbers of the processes that live. */
  readonly #processes: number[] = [];
  /** What each process was last granted on each lane. It outlives the process. */
  readonly #proofs = new Map<string, LeaseProof>();
  #last: LeaseCall | null = null;
  #listed: readonly ListedLease[] = [];
  #possible: readonly Possibility[] = [nothingHappened];
  /** What a power cut could bring back. */
  #before: readonly Possibility[] = [];
  /** The highest token that was answered. */
  #newest = -Infinity;
  #numbers = 0;
  #boots = 1;
  #now = 0;

  private constructor(store: LeaseStoreUnderTest) {
    this.#store = store;
    this.#faults = new ArmedFaults(store, (by) => this.#client(by));
  }

  static async begin(store: LeaseStoreUnderTest): Promise<LeaseFaultScript> {
    const script = new LeaseFaultScript(store);
    for (const by of leaseHolders.keys()) await script.#start(by);
    return script;
  }

  /** More may be true than is followed: nothing more can be done, and what would come is unknown. */
  get gaveUp(): boolean {
    return Math.max(this.#possible.length, this.#before.length) > possibilitiesMax;
  }

  /** Whether it can be done now: the adapter has it, and there is something to do it to. */
  can(command: LeaseCommand): boolean {
    if (this.gaveUp) return false;
    switch (command.does) {
      case "acquire":
        return command.attachment === "detached" || this.#store.processes === true;
      case "heartbeat":
      case "release":
        return this.#proofs.has(keyOf(command));
      case "adopt":
        return this.#client(command.by).adopt !== undefined && this.#listedOn(command.lane) !== undefined;
      case "again":
        return this.#last !== null && this.can(this.#last);
      case "sweep":
        return this.#store.scavenge !== undefined;
      case "compact":
        return this.#store.compact !== undefined;
      case "advance":
      case "crash":
        return true;
      default:
        return this.#faults.can(command);
    }
  }

  /** Performs the command. Null: nothing is wrong. */
  async step(command: LeaseCommand): Promise<LeaseFault | null> {
    switch (command.does) {
      case "calls fail":
      case "dies at call":
        this.#faults.arm(command);
        return null;
      case "advance":
        await this.#store.advance(command.ms);
        this.#now += command.ms;
        return this.#look();
      case "crash":
        return (await this.#opens(() => this.#replace(command.by))) ?? (await this.#look());
      case "power cut":
        return (await this.#opens(() => this.#cut(command.pick))) ?? (await this.#look());
      case "again":
        return this.#last === null ? null : this.#called(this.#last);
      case "sweep":
      case "compact":
        return this.#called(command);
      default:
        this.#last = command;
        return this.#called(command);
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.end();
    await this.#store.close();
  }

  async #called(command: AskedCall): Promise<LeaseFault | null> {
    const made = this.#made(command);
    const troubled = await this.#faults.during(() => this.#ask(command, made));
    const explained = this.#aftermath.explains(troubled, ["by" in command ? command.by : sweeper]);
    if (!explained) return { expected: "an answer", seen: `it failed: ${troubled.error ?? ""}` };
    const wrong = this.#explained(made, troubled.answer);
    if (wrong !== null) return wrong;
    const { died } = troubled;
    const opened = died === null ? null : await this.#opens(() => this.#replace(died));
    return opened ?? (await this.#look());
  }

  #explained(made: MadeCall, heard: LeaseHeard | null): LeaseFault | null {
    const known = this.#possible;
    const next = known.flatMap((one) => explain(one, made, heard));
    if (next.length === 0) return { expected: anyOf(known.map((one) => answerIn(one, made))), seen: seenIn(heard) };
    this.#possible = distinct(next);
    const durable = heard?.outcome === "granted" || heard?.outcome === "released";
    this.#before = durable ? [] : distinct([...this.#before, ...known]);
    return null;
  }

  #made(command: AskedCall): MadeCall {
    this.#numbers += 1;
    const by = "by" in command ? command.by : 0;
    const process = this.#processes[by] ?? 0;
    const made = { call: command, number: this.#numbers, process, at: this.#stamp, alive: new Set(this.#processes) };
    const nothing = { leaseId: "", secret: "" };
    switch (command.does) {
      case "heartbeat":
      case "release":
        return { ...made, ...(this.#proofs.get(keyOf(command)) ?? nothing) };
      case "adopt":
        return { ...made, ...nothing, leaseId: this.#listedOn(command.lane)?.leaseId ?? "" };
      default:
        return { ...made, ...nothing };
    }
  }

  async #ask(command: AskedCall, { leaseId, secret }: MadeCall): Promise<LeaseHeard> {
    switch (command.does) {
      case "acquire": {
        const { by, lane, attachment } = command;
        const request = { lane, region: [], holder: holderName(by), attachment, ttlMs: faultTtlMs };
        return this.#granted(command, await this.#client(by).acquire(request));
      }
      case "adopt": {
        const expectedToken = this.#listedOn(command.lane)?.fencingToken ?? 0;
        const request = { leaseId, expectedToken, holder: holderName(command.by), force: command.forced };
        return this.#granted(command, (await this.#client(command.by).adopt?.(request)) ?? { outcome: "refused" });
      }
      case "heartbeat":
        return { outcome: (await this.#client(command.by).heartbeat({ leaseId, secret }, 0)).outcome };
      case "release":
        return { outcome: await this.#client(command.by).release({ leaseId, secret }) };
      case "sweep":
        await this.#store.scavenge?.();
        return { outcome: "scavenged" };
      case "compact":
        await this.#store.compact?.();
        return { outcome: "compacted" };
    }
  }

  #granted(command: LeaseCall, answer: LeaseAnswer): LeaseHeard {
    if (answer.outcome === "refused") return answer;
    const { leaseId, secret, fencingToken } = answer;
    const newest = fencingToken > this.#newest;
    this.#newest = Math.max(this.#newest, fencingToken);
    this.#proofs.set(keyOf(command), { leaseId, secret });
    return { outcome: "granted", leaseId, secret, newest };
  }

  /** What the store lists tells apart what may be true. */
  async #look(): Promise<LeaseFault | null> {
    try {
      this.#listed = await this.#store.live();
    } catch (error) {
      return { expected: "a list of the leases", seen: `it failed: ${messageOf(error)}` };
    }
    const [now, alive, known] = [this.#stamp, new Set(this.#processes), this.#possible];
    const next = known.flatMap((one) => asListed(one, this.#listed, now, alive) ?? []);
    if (next.length === 0) {
      return { expected: anyOf(known.map((one) => listingText(one, now, alive))), seen: leasesText(this.#listed) };
    }
    this.#possible = distinct(next);
    return null;
  }

  async #opens(begin: () => Promise<void>): Promise<LeaseFault | null> {
    try {
      await begin();
      return null;
    } catch (error) {
      return { expected: "a store that opens", seen: `it failed: ${messageOf(error)}` };
    }
  }

  async #cut(pick: number): Promise<void> {
    this.#faults.forget();
    this.#aftermath.allEnded();
    await this.#store.powerCut?.(pick);
    if (this.#store.reboot !== undefined) this.#boots += 1;
    for (const by of leaseHolders.keys()) await this.#start(by);
    // What is there now is on the disk: nothing takes it back.
    this.#possible = distinct([...this.#possible, ...this.#before]);
    this.#before = [];
  }

  async #replace(by: number): Promise<void> {
    this.#aftermath.ended(by);
    await this.#client(by).end();
    await this.#start(by);
  }

  async #start(by: number): Promise<void> {
    this.#numbers += 1;
    this.#processes[by] = this.#numbers;
    this.#clients[by] = await this.#store.client(holderName(by));
  }

  get #stamp(): Stamp {
    return { bootId: `boot-${this.#boots}`, monotonicMs: this.#now, wallMs: this.#now };
  }

  #listedOn(lane: string): ListedLease | undefined {
    return this.#listed.find((one) => one.lane === lane);
  }

  #client(by: number): LeaseClient {
    const client = this.#clients[by];
    if (client === undefined) throw new RangeError(`no process ${by}`);
    return client;
  }
}

const holderName = (by: number): string => leaseHolders[by] ?? "nobody";
const keyOf = ({ by, lane }: LeaseCall): string => `${by} ${lane}`;
const anyOf = (texts: readonly string[]): string => [...new Set(texts)].join(", or ");
const seenIn = (heard: LeaseHeard | null): string => {
  if (heard === null) return "no answer";
  return heard.outcome === "granted" && !heard.newest ? "granted, under a token that is not above every earlier one" : heard.outcome;
};
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
