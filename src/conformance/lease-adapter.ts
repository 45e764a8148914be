/**
 * What a lane-lease store has to be wrapped in to be judged: a few calls, plain data. What a store does not have
 * is left out, and the laws that need it are not asked.
 */
import type { FaultyUnderTest, MortalProcess } from "./fault-adapter.js";

export interface LeaseAdapter {
  /** For reports. */
  readonly name: string;
  /** A new, empty store. Called once for each script. */
  open(): Promise<LeaseStoreUnderTest>;
}

/** A store during one script. With `reboot` a power cut is one as well: the host starts anew. */
export interface LeaseStoreUnderTest extends FaultyUnderTest {
  /** A client of its own: as far as the store can tell, another process. */
  client(name: string): Promise<LeaseClient>;
  /** Every lease whose end the store has not recorded; dead ones may be among them, or may be missing. */
  live(): Promise<readonly ListedLease[]>;
  /** Lets so many milliseconds pass, for the store and its clients. */
  advance(ms: number): Promise<void>;
  /** Leases may be attached to the process of their client, and end when it ends. */
  readonly processes?: boolean;
  /** Regions are compared: two lanes whose globs reach one path conflict. */
  readonly regions?: boolean;
  /** Sets the wall clock so many milliseconds ahead of where it would be; monotonic time stays. */
  stepWall?(aheadMs: number): Promise<void>;
  /** The host starts anew: every client has ended, and no time of before can be compared with one of after. */
  reboot?(): Promise<void>;
  /** Rewrites what is stored in its shortest form. */
  compact?(): Promise<void>;
  /** Records the ends that nobody recorded yet. */
  scavenge?(): Promise<void>;
  /** Who waits for a lane, in the order in which they will be served. Absent: nobody can wait. */
  waiting?(): Promise<readonly { readonly lane: string; readonly holder: string }[]>;
  /** How long who waits may take to hear that the lane is free, in real milliseconds; default 5,000. */
  readonly answersWithinMs?: number;
  /** Called once, after the script, whatever came of it. */
  close(): Promise<void>;
}

/** What one client of the store does. */
export interface LeaseClient extends MortalProcess {
  /** Asks for a lane, without waiting. */
  acquire(request: LeaseRequest): Promise<LeaseAnswer>;
  /** Asks for a lane and waits until it is granted, in the order of asking. Refused, or rejects, when the client ends. */
  wait?(request: LeaseRequest): Promise<LeaseAnswer>;
  /** `coalesceMs`: a beat younger than this may be elided. */
  heartbeat(proof: LeaseProof, coalesceMs: number): Promise<BeatAnswer>;
  /** Ends a lease; `lost` when it is not this holder's. */
  release(proof: LeaseProof): Promise<"released" | "lost">;
  /** Takes a lease over from a holder that is gone, or by force. */
  adopt?(request: AdoptionRequest): Promise<LeaseAnswer>;
  /** Whether a resource of this lane may take a write under this token. */
  checkFence?(fencingToken: number, lane: string): Promise<"current" | "stale">;
  /** The process of the client ends, as if it were killed: nothing is tidied up by it. */
  end(): Promise<void>;
}

/** What a client asks for; the TTL is in milliseconds. */
export interface LeaseRequest {
  readonly lane: string;
  /** Globs over the paths that the lane is about. */
  readonly region: string[];
  readonly holder: string;
  readonly attachment: "process" | "detached";
  readonly ttlMs: number;
}

/** What shows a client to be the holder. */
export interface LeaseProof {
  readonly leaseId: string;
  /** Empty: none. */
  readonly secret: string;
}

/** A lease to take over, and whether by force. */
export interface AdoptionRequest {
  readonly leaseId: string;
  /** The token that the adopter saw. */
  readonly expectedToken: number;
  readonly holder: string;
  readonly force: boolean;
}

/** What came of asking for a lease. Of two fencing tokens the later one is higher; numbers may be left out. */
export type LeaseAnswer =
  | { readonly outcome: "granted"; readonly leaseId: string; readonly fencingToken: number; readonly secret: string }
  | { readonly outcome: "refused" };

/** `confirmedMs`: how old the beat is that the store counts from now on. */
export type BeatAnswer = { readonly outcome: "beaten"; readonly confirmedMs: number } | { readonly outcome: "lost" };

/** A lease as the store shows it; ages are in milliseconds. */
export interface ListedLease {
  readonly leaseId: string;
  readonly lane: string;
  readonly holder: string;
  readonly fencingToken: number;
  /** Since its last beat; null: it was before the host started anew. */
  readonly beatAgeMs: number | null;
  /** Since the store took its age for unknown; null: it did not. */
  readonly doubtedMs: number | null;
}
