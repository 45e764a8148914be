/**
 * What the journal takes and gives: stamps, events, records, folds, decisions, reports.
 *
 * Plain data and ports. The journal knows bytes and events with a type and JSON data; what an event
 * means is the fold's business.
 */
import type { Disk } from "./disk.js";

/** JSON, as records keep it. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Time of one host. Ages on one boot use `monotonicMs`; stamps of two boots have no age. All integers. */
export interface Stamp {
  readonly bootId: string;
  /** Milliseconds of this boot; it stands still while the host is suspended, and no step of the wall clock moves it. */
  readonly monotonicMs: number;
  /** Milliseconds since 1970, for people. */
  readonly wallMs: number;
}

/** The clock of the host; a port, so that tests have a simulated one. */
export interface Clock {
  /** The stamp of this moment. */
  now(): Stamp;
}

/** `type` is 1 to 64 characters of `A-Z a-z 0-9 . _ -`; types that begin with `journal.` are the journal's own. */
export interface JournalEvent {
  readonly type: string;
  readonly data: JsonObject;
}

/** One line of the log, parsed. `seq` grows by one from record to record, whoever writes. */
export interface JournalRecord {
  readonly v: 1;
  readonly seq: number;
  readonly at: Stamp;
  /** At least one; they were appended together and are there together or not at all. */
  readonly events: readonly JournalEvent[];
}

/** Place of an event: the record it came in. */
export interface EventPlace {
  readonly seq: number;
  readonly at: Stamp;
}

/**
 * A deterministic fold of the log. `apply` is total: it ignores event types it does not know.
 *
 * `apply` owns the previous state and may change it in place; a state taken from `read` is therefore
 * to be used before the next `await`. `restore(checkpoint(s))` folds on exactly as `s` does (JL6).
 */
export interface Fold<S> {
  /** Checkpoints name the fold they belong to; another fold cannot open them. */
  readonly name: string;
  /** Integer. A checkpoint of an older version goes through `upgrade`; of a newer one, writing refuses. */
  readonly version: number;
  /** The state before the first record; a new object each time. */
  initial(): S;
  /** The state after one more event. */
  apply(state: S, event: JournalEvent, record: EventPlace): S;
  /** The state as JSON, to be written in place of the records it came from. */
  checkpoint(state: S): JsonObject;
  /** The state that a checkpoint of this version holds. */
  restore(data: JsonObject): S;
  /** Data of `checkpoint` as an older `version` wrote it, made into today's. Absent: only the same version opens. */
  upgrade?(data: JsonObject, version: number): JsonObject;
  /** Records with an event of a type not known here survive compaction to the letter. Absent: all are known. */
  knows?(type: string): boolean;
}

/** What an answer waits for: the device, or only the write. */
export type Durability = "durable" | "relaxed";

/**
 * What a `decide` answers. No events: nothing is written.
 *
 * `durable` resolves when the record, and everything the decision rests on, survives a power cut;
 * `relaxed` when the record is written: a power cut may take it, and then all that follow it.
 */
export interface Decision<R> {
  readonly events: readonly JournalEvent[];
  readonly durability: Durability;
  readonly result: R;
  /**
   * Called once, when the events are written and before the process lock is freed: nobody else decides
   * before it is done. If it throws, the call is rejected with that, and the record stands.
   */
  readonly whileLocked?: () => void;
}

/** What a decision is taken at: the `seq` its record gets if it writes one, and that record's stamp. */
export interface DecisionPoint {
  readonly seq: number;
  readonly now: Stamp;
}

/**
 * Synchronous and without effects; it must not change `state`. It runs under the process lock, so that it
 * may probe advisory locks: nobody else decides meanwhile.
 */
export type Decide<S, R> = (state: S, at: DecisionPoint) => Decision<R>;

/** Bytes that are not what a writer of this format leaves behind, not even in a crash. */
export interface Damage {
  readonly kind:
    | "header" // the first line is no checkpoint: nothing after it can be folded
    | "line" // the line is no record, its checksum does not match, or its version is newer
    | "order" // a sound record that does not follow the one before it: repeated, misplaced or from elsewhere
    | "gap" // records are missing here
    | "kept"; // records that a compaction kept are missing
  /** Byte offset of the damaged bytes and how many they are. */
  readonly offset: number;
  readonly length: number;
  /** `seq` of the last sound record before it. */
  readonly after: number;
  /** `seq` of the first sound record behind it; null when there is none. */
  readonly before: number | null;
  readonly detail: string;
}

/** An unfinished tail that was cut off when writing went on. It was never acknowledged as durable. */
export interface TornTail {
  readonly offset: number;
  readonly length: number;
  /** `seq` of the last record that is left. */
  readonly after: number;
  /** File with the bytes that were cut off, in the state directory. */
  readonly copy: string;
}

/** What the log adds up to now. */
export interface Reading<S> {
  readonly state: S;
  /** `seq` of the last record that is in `state`. */
  readonly seq: number;
  /** Not empty: the state is what the sound records say, and writing refuses until `repairJournal`. */
  readonly damage: readonly Damage[];
}

/** What came of an `append`: the `seq` of its record, or, refused, the last `seq` there is. */
export type Appended =
  | { readonly appended: true; readonly seq: number }
  | { readonly appended: false; readonly seq: number };

/** What a compaction left. */
export interface CompactionReport {
  /** `seq` up to which the checkpoint answers for the log. */
  readonly seq: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Records kept to the letter behind the checkpoint: the last ones, and those of unknown types. */
  readonly recordsKept: number;
}

/** An open journal. Every call may reject with a `JournalError`; none reads as "empty" because of an error. */
export interface Journal<S> {
  readonly directory: string;
  /** Torn tails this handle has cut off, oldest first. */
  readonly recovered: readonly TornTail[];
  /**
   * Under the process lock: follows the tail, decides, appends the events as one record, makes it as
   * durable as asked, resolves. Concurrent calls of a process share one write and one sync; each
   * decision sees the earlier ones. What `decide` throws, this rejects with, and nothing is written.
   */
  transact<R>(decide: Decide<S, R>): Promise<R>;
  /** Appends if `after` is still the last `seq`; otherwise a refusal with the `seq` that is. */
  append(
    after: number,
    events: readonly JournalEvent[],
    durability?: Durability,
  ): Promise<Appended>;
  /** Follows the tail without the lock. What it sees may not be durable yet. */
  read(): Promise<Reading<S>>;
  /** Sound records with `seq >= from`, as far as compaction kept them, in bounded memory. */
  records(options?: { readonly from?: number }): AsyncIterable<JournalRecord>;
  /**
   * `records`, and then each new record as anybody appends it. Where a compaction took records
   * before they could be read, its checkpoint stands for them: one event `journal.checkpoint`.
   */
  watch(options?: {
    readonly from?: number;
    readonly signal?: AbortSignal;
  }): AsyncIterable<JournalRecord>;
  /** Rewrites the log as a checkpoint and its last records; the state is the same before and after (JL6). */
  compact(): Promise<CompactionReport>;
  /** Waits for what is under way, then frees the files. Later calls reject with `journal/closed`. */
  close(): Promise<void>;
}

/** When a log is compacted, and how much of it stays readable. Sizes are in bytes. */
export interface CompactionOptions {
  /** No automatic compaction below this size. */
  readonly bytesMin: number;
  /** Compacts by itself when the file is this many times what the last compaction left. */
  readonly ratio: number;
  /** How many of the last records stay readable to the letter, for watchers and listings. */
  readonly recordsKept: number;
}

/** How the process lock is waited for. */
export interface LockOptions {
  /** How long a call waits for the process lock before it rejects with `journal/locked`. */
  readonly waitMs: number;
}

/** Which journal is opened, and how. */
export interface JournalOptions<S> {
  /** State directory; made with mode 0700 when absent. One host, one directory. */
  readonly directory: string;
  readonly fold: Fold<S>;
  readonly disk?: Disk;
  readonly clock?: Clock;
  /** Stem of the file names, `journal` when absent: `<name>.ndjson`, `<name>.lock`. */
  readonly name?: string;
  /** `false`: only when `compact` is called. */
  readonly compaction?: Partial<CompactionOptions> | false;
  readonly lock?: Partial<LockOptions>;
  /** Opens on a filesystem that is not known to be local. Its locks and syncs are then the caller's risk. */
  readonly allowRemote?: boolean;
  /** Takes no lock, makes and mends nothing; every writing call rejects with `journal/read-only`. */
  readonly readOnly?: boolean;
}
