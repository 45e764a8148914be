/** What may be asked of a lane journal, and every answer there is. Plain data; a secret is its hash here. */
import type {
  LaneClaim,
  LaneDeath,
  LaneEvent,
  LaneEventData,
  LaneGrant,
  LaneLost,
  LaneProcess,
  LaneRefusalKind,
  LaneTerms,
} from "../vocabulary/lane.js";

/** What only the shell can know. */
export interface LaneEvidenceSet {
  /** Fencing tokens and tickets whose process was probed and is gone. A token that was not probed is not in it. */
  readonly gone: ReadonlySet<number>;
}

/** Nothing shows that any holder is gone. */
export const noLaneEvidence: LaneEvidenceSet = { gone: new Set() };

/** What may be asked of the decisions. Secrets come as SHA-256 hashes, times in milliseconds. */
export type LaneCommand =
  | {
      readonly type: "acquire";
      /** Fresh, never used before. */
      readonly leaseId: string;
      readonly secretHash: string;
      /** From `laneRequest`. */
      readonly terms: LaneTerms;
      /** Null: an answer at once. A waiter asks again under the same id. */
      readonly wait: { readonly waiterId: string; readonly waitMs: number } | null;
    }
  | {
      readonly type: "heartbeat";
      readonly leaseId: string;
      readonly secretHash: string;
      /** A beat younger than this needs no write; at most one heartbeat interval counts. 0: always write. */
      readonly coalesceMs: number;
    }
  | { readonly type: "release"; readonly leaseId: string; readonly secretHash: string }
  | {
      readonly type: "adopt";
      readonly leaseId: string;
      /** The token the adopter saw: another one means that somebody was faster. */
      readonly expectedToken: number;
      readonly secretHash: string;
      readonly holder: string;
      readonly process: LaneProcess | null;
      /** Without evidence that the holder is gone: why it is taken all the same. Recorded. */
      readonly force: { readonly because: string } | null;
    }
  | { readonly type: "scavenge" }
  | { readonly type: "halt"; readonly note: LaneEventData<"lane.halted"> }
  | { readonly type: "spawn"; readonly note: LaneEventData<"lane.spawned"> }
  | { readonly type: "withdraw"; readonly waiterId: string }
  | { readonly type: "checkFence"; readonly fencingToken: number; readonly target: LaneTarget };

/** What a resource stands for when it checks a fencing token: a lane by name, or a path in a region. */
export type LaneTarget = { readonly lane: string } | { readonly path: string };

/** A lease in the way, as the refused one may see it. */
export interface LaneConflict extends LaneClaim {
  readonly leaseId: string;
  readonly fencingToken: number;
  readonly holder: string;
  /** Since the last beat; null: unknown. */
  readonly ageMs: number | null;
  /** Until it is free if nobody beats; null: unknown. */
  readonly remainingMs: number | null;
}

/** A waiter that stands before the request in the queue, and what it wants. */
export interface LaneAhead extends LaneClaim {
  readonly waiterId: string;
  readonly ticket: number;
  readonly holder: string;
}

/** Why a request was not granted, and who is in the way. */
export interface LaneRefusal {
  readonly kind: LaneRefusalKind;
  readonly conflicts: readonly LaneConflict[];
  /** Waiters that came earlier and want something that conflicts. */
  readonly ahead: readonly LaneAhead[];
  /** What to do about it, when there is something to say. */
  readonly hint: string | null;
}

/** The lease is not the asker's any more, and why. `cause`: what ended it, as far as that is known. */
export interface LaneLoss {
  readonly outcome: "lost";
  readonly reason: LaneLost;
  readonly cause: LaneDeath | "no-such-lease" | "not-its-secret" | null;
}

/** An answer, not an error: the request was understood and nothing was given. */
export interface LaneRefused {
  readonly outcome: "refused";
  readonly refusal: LaneRefusal;
}

/** A lease whose end was recorded although nobody released it. */
export interface LaneScavenged {
  readonly leaseId: string;
  readonly fencingToken: number;
  readonly lane: string;
  readonly holder: string;
  readonly cause: LaneDeath;
}

/** Answers by command. */
export interface LaneOutcomes {
  acquire:
    | {
        readonly outcome: "granted";
        readonly grant: LaneGrant;
        readonly scavenged: readonly LaneScavenged[];
      }
    | LaneRefused
    | {
        readonly outcome: "waiting";
        /** Hold the byte of this number while waiting, as a grant holds that of its token. */
        readonly ticket: number;
        readonly refusal: LaneRefusal;
        readonly remainingMs: number;
      };
  /** `confirmedMs`: age of the beat that stands in the journal. The holder counts its deadline from there. */
  heartbeat:
    | {
        readonly outcome: "beaten" | "coalesced";
        readonly confirmedMs: number;
        readonly remainingMs: number;
        readonly fencingToken: number;
      }
    | LaneLoss;
  release: { readonly outcome: "released" } | LaneLoss;
  adopt:
    | {
        readonly outcome: "adopted";
        readonly grant: LaneGrant;
        readonly evidence: "process-gone" | "other-boot" | "forced";
      }
    | LaneRefused
    | LaneLoss;
  scavenge: {
    readonly outcome: "scavenged";
    readonly scavenged: readonly LaneScavenged[];
    /** Leases whose age is unknown, as of now. */
    readonly doubted: readonly string[];
    /** Waiters that left without a word. */
    readonly withdrawn: readonly string[];
  };
  halt: { readonly outcome: "recorded" };
  spawn: { readonly outcome: "recorded" };
  withdraw: { readonly outcome: "withdrawn" | "not-waiting" };
  checkFence:
    | { readonly outcome: "current"; readonly leaseId: string; readonly remainingMs: number }
    | {
        readonly outcome: "stale";
        readonly why: LaneLost | "not-covered" | "invalid-path";
        /** The newest token in force over the target; null when there is none. */
        readonly newest: number | null;
      };
}

/** The answer to a command, and the events that make it true once they are appended. */
export interface LaneDecision<T extends LaneCommand["type"] = LaneCommand["type"]> {
  readonly outcome: LaneOutcomes[T];
  /** To be appended as one record; none: nothing is written. */
  readonly events: readonly LaneEvent[];
  /** A heartbeat may be lost: losing one only ages a lease. */
  readonly durability: "durable" | "relaxed";
}
