/**
 * The writing side of one handle: takes decisions in turns, writes each turn at once, syncs behind it.
 *
 * A turn holds the process lock: follow the tail, decide the waiting calls on the fold, each on what
 * the ones before it did, write all their records with one append, free the lock. Relaxed calls resolve
 * then. Durable calls resolve after a sync that began after the write; one sync is under way at a time
 * and answers for all records written before it began.
 *
 * The lock is freed before the sync, so that processes sync at the same time. That is safe: a sync
 * covers all bytes written to the file before it began, others' included, so whoever is told "durable"
 * has everything their decision rests on, and all before it, on the disk. A decision that rests on a
 * record that is then lost was not acknowledged as durable, and its own record is lost with it, because
 * it names the lost one as its predecessor. If the file was replaced in between, the new one was synced
 * before it got the name and holds the effect of every record written to the old one.
 */
import { JournalError, wrapped, writeFailed } from "./errors.js";
import type { Follower } from "./follower.js";
import { appendFully, compactLog, cutTornTail, inDoubt, noteDoubt, removeLeftovers, settle } from "./housekeeping.js";
import { batchBytesMax, batchCallsMax, catchUpsMax, followBytesMax, sharedCallsMin } from "./limits.js";
import type { ProcessLock } from "./process-lock.js";
import { checkedStamp, encodeEvents, formatVersion, LineWriter } from "./record.js";
import { type Site, syncNames } from "./site.js";
import type {
  Clock,
  CompactionOptions,
  CompactionReport,
  Decide,
  Decision,
  Fold,
  JsonObject,
  Stamp,
  TornTail,
} from "./types.js";
import type { View } from "./view.js";

interface Call<S> {
  readonly decide: Decide<S, unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A call whose decision is taken. `end`: where its record ends in the bytes of the turn. */
interface Decided<S> {
  readonly call: Call<S>;
  readonly decision: Decision<unknown>;
  readonly end: number;
}

/** Of a record that is written and waits for a sync. */
interface Waiter<S> {
  readonly call: Call<S>;
  readonly result: unknown;
}

interface Job {
  readonly resolve: (report: CompactionReport) => void;
  readonly reject: (error: unknown) => void;
}

export interface CommitterParts<S> {
  readonly site: Site;
  readonly fold: Fold<S>;
  readonly clock: Clock;
  readonly follower: Follower<S>;
  readonly lock: ProcessLock;
  /** `false`: only when asked to. */
  readonly compaction: CompactionOptions | false;
}

export class Committer<S> {
  readonly recovered: TornTail[] = [];
  readonly #parts: CommitterParts<S>;
  readonly #calls: Call<S>[] = [];
  readonly #compactions: Job[] = [];
  #waiters: Waiter<S>[] = [];
  /** What is to be answered as soon as the lock is free. */
  #settled: Waiter<S>[] = [];
  readonly #answers: (() => void)[] = [];
  #running: Promise<void> | null = null;
  #syncing: Promise<void> | null = null;
  readonly #lines = new LineWriter();
  #leftoversRemoved = false;
  /** `seq` after the last turn. */
  #lastSeq = 0;
  /** Others wrote between the last two turns. */
  #isContended = false;
  /** After a compaction failed, the next is tried when the log has grown to this. */
  #compactAgainAt = 0;

  constructor(parts: CommitterParts<S>) {
    this.#parts = parts;
  }

  transact<R>(decide: Decide<S, R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#calls.push({ decide, resolve: resolve as (result: unknown) => void, reject });
      this.#run();
    });
  }

  compact(): Promise<CompactionReport> {
    return new Promise((resolve, reject) => {
      this.#compactions.push({ resolve, reject });
      this.#run();
    });
  }

  /** Resolves when nothing is waiting or under way. */
  async idle(): Promise<void> {
    while (this.#running !== null || this.#syncing !== null) {
      await this.#running;
      await this.#syncing;
    }
  }

  /** The turn begins after the calls that are made in the same go of the event loop. */
  #run(): void {
    if (this.#running !== null) return;
    this.#running = Promise.resolve().then(async () => {
      while (this.#calls.length > 0 || this.#compactions.length > 0) await this.#turn();
      this.#running = null;
    });
  }

  /** No `await` while the lock is held but for the rare: nothing of the caller's runs in between. */
  async #turn(): Promise<void> {
    const { follower, lock, site } = this.#parts;
    try {
      if (!this.#lockAtOnce()) await this.#lockBehindTheTail();
    } catch (error) {
      this.#rejectAll(error);
      return;
    }
    try {
      let view = follower.followed ?? follower.catchUpNow();
      this.#isContended = view.scanner.chain.seq > this.#lastSeq;
      if (lock.sign(view.file.identity) || !isClean(view)) {
        // A sync of before that fails meanwhile makes the file doubtful once more.
        do view = await this.#mend();
        while (follower.followed !== view);
      }
      this.#removeLeftovers();
      this.#decideAndWrite(view);
      this.#lastSeq = view.scanner.chain.seq;
      if (this.#isCompactionDue()) await this.#compact();
    } catch (error) {
      follower.forget();
      this.#rejectAll(wrapped(site.log, error));
    } finally {
      lock.release();
    }
    this.#giveAnswers();
    this.#sync();
  }

  #giveAnswers(): void {
    const settled = this.#settled;
    this.#settled = [];
    for (const { call, result } of settled) call.resolve(result);
    for (const answer of this.#answers.splice(0)) answer();
  }

  /** The lock, if it is free and what is there was soon followed. Most turns need no more, and no wait. */
  #lockAtOnce(): boolean {
    // Where several write at once the lock is what they all wait for: what can be read before is not read under it.
    if (this.#isContended) this.#readAhead();
    return this.#parts.lock.tryAcquire() && this.#keepLockAtTheEnd();
  }

  /** A long way is followed without the lock, and what others write during a wait for it: they would have to wait. */
  async #lockBehindTheTail(): Promise<void> {
    const { follower, lock } = this.#parts;
    for (let attempt = 0; ; attempt += 1) {
      await lock.acquire(this.#readAhead);
      if (this.#keepLockAtTheEnd({ unbounded: attempt >= catchUpsMax })) return;
      await follower.catchUp();
    }
  }

  /** With the lock: follows what there is, and says whether that was all. If not, the lock is free again. */
  #keepLockAtTheEnd({ unbounded = false } = {}): boolean {
    const { follower, lock } = this.#parts;
    let keep = false;
    try {
      if (unbounded) follower.catchUpNow();
      keep = unbounded || follower.follow(followBytesMax) === "end";
    } finally {
      if (!keep) lock.release();
    }
    return keep;
  }

  readonly #readAhead = (): void => {
    this.#parts.follower.readAhead(followBytesMax);
  };

  #removeLeftovers(): void {
    if (this.#leftoversRemoved) return;
    removeLeftovers(this.#parts.site);
    this.#leftoversRemoved = true;
  }

  /**
   * Cuts a torn tail, settles a failed sync, refuses to write behind damage. A sync of before may still be under way, and
   * lets go of the file when it fails.
   */
  async #mend(): Promise<View<S>> {
    const { site, follower, lock } = this.#parts;
    let view = follower.followed ?? follower.catchUpNow();
    refuseDamage(site, view);
    try {
      const { tail } = view.scanner;
      if (tail.kind === "torn") {
        const torn = view;
        this.recovered.push(await torn.file.during(() => cutTornTail(site, torn, tail)));
        view = follower.catchUpNow();
      }
      const { identity } = view.file;
      if (lock.isSuspect(identity)) {
        const doubtful = view;
        const next = await doubtful.file.during(() => settle(site, doubtful));
        lock.unmark(identity, next);
        view = follower.catchUpNow();
      }
    } catch (error) {
      noteDoubt(site, lock, error);
      throw error;
    }
    return view;
  }

  #decideAndWrite(view: View<S>): void {
    if (this.#calls.length === 0) return;
    const now = checkedStamp(this.#parts.clock.now());
    const calls = this.#calls.splice(0, batchCallsMax);
    const decided: Decided<S>[] = [];
    const lines = this.#lines;
    lines.clear();
    let taken = 0;
    const share = this.#shareOf(calls.length);
    let durable = 0;
    for (const call of calls) {
      taken += 1;
      const outcome = decideOne(view, call, now, lines);
      if (outcome === "broken") {
        // The fold stopped half way: what was decided so far is not to be trusted either.
        this.#calls.unshift(...decided.map((earlier) => earlier.call), ...calls.slice(taken));
        this.#parts.follower.forget();
        return;
      }
      if (outcome === null) continue;
      decided.push({ call, decision: outcome, end: lines.length });
      if (outcome.durability === "durable") durable += 1;
      if (lines.length >= batchBytesMax || durable >= share) break;
    }
    if (taken < calls.length) this.#calls.unshift(...calls.slice(taken));
    const failure = lines.length === 0 ? null : this.#write(view, lines.bytes, decided);
    this.#answer(view, decided, failure);
  }

  /**
   * Durable calls that one turn takes. With no sync under way half of many: while the disk is busy with
   * them, the others are decided, and from then on disk and processor work at the same time.
   */
  #shareOf(calls: number): number {
    return this.#syncing === null && calls >= sharedCallsMin ? calls >> 1 : calls;
  }

  /** Null when all of it was written; otherwise the error, and how many bytes hold whole records. */
  #write(
    view: View<S>,
    bytes: Buffer,
    decided: readonly Decided<S>[],
  ): { readonly error: JournalError; readonly kept: number } | null {
    const { site, follower } = this.#parts;
    const { handle } = view.file;
    const start = view.scanner.chain.position - bytes.length;
    try {
      appendFully(site, handle, bytes);
      return null;
    } catch (cause) {
      follower.view.file.use();
      follower.forget();
      try {
        const written = site.disk.statFile(handle).size - start;
        const kept = decided.reduce((most, { end }) => (end <= written ? Math.max(most, end) : most), 0);
        if (written > kept) site.disk.truncate(handle, start + kept);
        return { error: writeFailed(site.log, "append to", cause), kept };
      } catch {
        return { error: inDoubt(site.log, "append to", cause), kept: 0 };
      } finally {
        view.file.done();
      }
    }
  }

  #answer(
    view: View<S>,
    decided: readonly Decided<S>[],
    failure: { readonly error: JournalError; readonly kept: number } | null,
  ): void {
    const { seq, durable } = view.scanner.chain;
    for (const { call, decision, end } of decided) {
      if (failure !== null && end > failure.kept) {
        this.#answers.push(() => call.reject(failure.error));
        continue;
      }
      if (decision.events.length > 0 && !this.#runWhileLocked(call, decision)) continue;
      const settled = decision.durability === "relaxed" || (failure === null && seq <= durable);
      if (settled) this.#settled.push({ call, result: decision.result });
      else this.#waiters.push({ call, result: decision.result });
    }
  }

  /** False when it threw against its word: the record stands, and its caller is told. */
  #runWhileLocked(call: Call<S>, { whileLocked }: Decision<unknown>): boolean {
    try {
      whileLocked?.();
      return true;
    } catch (error) {
      this.#answers.push(() => call.reject(error));
      return false;
    }
  }

  #isCompactionDue(): boolean {
    if (this.#compactions.length > 0) return true;
    const { compaction, follower } = this.#parts;
    if (compaction === false) return false;
    const view = follower.followed;
    const { bytesMin, ratio } = compaction;
    if (view === null) return false;
    return view.scanner.chain.position > Math.max(bytesMin, ratio * view.baseBytes, this.#compactAgainAt);
  }

  async #compact(): Promise<void> {
    const { site, fold, clock, compaction, follower, lock } = this.#parts;
    const jobs = this.#compactions.splice(0);
    try {
      const view = follower.catchUpNow();
      refuseDamage(site, view);
      const report = await view.file.during(() => compactLog(site, fold, follower, clock.now()));
      this.#answers.push(...jobs.map(({ resolve }) => () => resolve(report)));
    } catch (error) {
      // Nobody waits for a compaction that began by itself, and the log is as good as before.
      this.#answers.push(...jobs.map(({ reject }) => () => reject(error)));
      noteDoubt(site, lock, error);
      const size = follower.followed?.scanner.chain.position ?? 0;
      this.#compactAgainAt = size + (compaction === false ? 0 : compaction.bytesMin);
      follower.forget();
    }
  }

  #sync(): void {
    if (this.#waiters.length === 0 || this.#syncing !== null) return;
    this.#syncing = this.#syncAll();
  }

  async #syncAll(): Promise<void> {
    while (this.#waiters.length > 0) await this.#syncOnce();
    this.#syncing = null;
  }

  async #syncOnce(): Promise<void> {
    const { follower, lock, site } = this.#parts;
    const waiters = this.#waiters;
    this.#waiters = [];
    try {
      const { file, scanner } = follower.followed ?? follower.catchUpNow();
      const { chain } = scanner;
      const { seq } = chain;
      file.use();
      try {
        if (!file.nameIsDurable) await this.#syncNames(file);
        await site.disk.syncData(file.handle, waiters.length === 1 && this.#calls.length === 0);
        if (lock.isSuspect(file.identity)) throw new Error("another process saw a sync fail");
      } catch (error) {
        lock.markSuspect(file.identity);
        follower.forget();
        throw error;
      } finally {
        file.done();
      }
      chain.durable = Math.max(chain.durable, seq);
      for (const { call, result } of waiters) call.resolve(result);
    } catch (cause) {
      const error = inDoubt(site.log, "sync", cause);
      for (const { call } of waiters) call.reject(error);
    }
  }

  async #syncNames(file: View<S>["file"]): Promise<void> {
    await syncNames(this.#parts.site);
    file.nameIsDurable = true;
  }

  #rejectAll(error: unknown): void {
    for (const { reject } of this.#calls.splice(0)) reject(error);
    for (const { reject } of this.#compactions.splice(0)) reject(error);
  }
}

/** Takes one decision and puts its record on the fold. Null: the call was rejected and changed nothing. */
function decideOne<S>(
  view: View<S>,
  call: Call<S>,
  at: Stamp,
  lines: LineWriter,
): Decision<unknown> | "broken" | null {
  const { chain } = view.scanner;
  const { crc: prev, durable, position } = chain;
  const seq = chain.seq + 1;
  let decision: Decision<unknown>;
  let encoded: { readonly type: string; readonly dataText: string };
  try {
    decision = call.decide(view.state, { seq, now: at });
    if (decision.events.length === 0) return decision;
    encoded = encodeEvents(decision.events);
  } catch (error) {
    call.reject(error);
    return null;
  }
  const { type, dataText } = encoded;
  const start = lines.length;
  const crc = lines.add({ type, dataText, seq, prev, durable, at });
  // What was written is folded, not what was given: every other process folds the same.
  const data = JSON.parse(dataText) as JsonObject;
  const place = { offset: position, length: lines.length - start };
  try {
    chain.append({ kind: "record", seq, prev, durable, at, type, data, crc }, place);
  } catch (error) {
    call.reject(error);
    return "broken";
  }
  return decision;
}

function isClean<S>({ scanner }: View<S>): boolean {
  return scanner.tail.kind === "clean" && scanner.damage.length === 0;
}

function refuseDamage<S>({ log: path }: Site, { scanner }: View<S>): void {
  const { newer } = scanner.chain;
  if (newer !== null) {
    throw new JournalError({ code: "journal/newer-version", path, needed: newer, known: formatVersion });
  }
  const { damage } = scanner;
  if (damage.length > 0) throw new JournalError({ code: "journal/corrupt", path, damage });
}
