/**
 * Lane leases: grants, requests, journal events, refusals, and the limits of each.
 *
 * The journal keeps the SHA-256 of a secret and never the secret. Labels, runs, children and metadata are
 * recorded and shown; nothing is decided on them.
 */
import { z } from "zod";

/** A lease is dead once its last beat is older than its TTL. */
export const laneTtlMs = 60_000;
/** Longest TTL: seven days. */
export const laneTtlMsMax = 7 * 24 * 3_600_000;

/** Parts of a TTL: how often a holder beats, and how long it goes on without a confirmed beat (NL8). */
const beatsPerTtl = 4;
const renewalsPerTtl = 3;

/** 15 s of the default TTL. */
export function laneHeartbeatMsOf(ttlMs: number): number {
  return Math.floor(ttlMs / beatsPerTtl);
}

/** 40 s of the default TTL. */
export function laneRenewDeadlineMsOf(ttlMs: number): number {
  return Math.floor((ttlMs * (renewalsPerTtl - 1)) / renewalsPerTtl);
}

/** A beat is elided at most this long after the last written one: one heartbeat interval (NL7). */
export function laneCoalesceMsMax(ttlMs: number): number {
  return laneHeartbeatMsOf(ttlMs);
}

/** Characters of a lane's name. */
export const laneNameMax = 200;
/** Characters of a holder, run, child or digest. */
export const laneLabelMax = 200;
/** Globs a request may name for its region. */
export const laneRegionGlobsMax = 64;
/** Characters of one glob. */
export const laneGlobLengthMax = 1024;
/** Patterns a region may have after its braces are written out. */
export const laneRegionPatternsMax = 256;
/** Children a lease may list. */
export const laneChildrenMax = 64;
/** Characters of the metadata as JSON. */
export const laneMetaLengthMax = 4096;
/** Characters of a reason. */
export const laneReasonMax = 1000;
/** Longest wait for a lane: one day. */
export const laneWaitMsMax = 24 * 3_600_000;

/** Leases in force at a time, and requests that wait. */
export const laneLeasesMax = 10_000;
/** Requests that wait at a time. */
export const laneWaitersMax = 1000;
/** Ended leases whose end is remembered, so that a late holder hears why it lost; past it the oldest quarter goes. */
export const laneEndedMax = 512;
/** Former holders of one lease that are remembered. */
export const laneFormerMax = 8;
/** Leases and waiters in the way that a journaled refusal names. */
export const laneBlockedByMax = 64;
/** Refusals, halts and spawns that are remembered, each. */
export const laneNotesMax = 256;
/** Records nobody could read that are named; more are only counted. */
export const laneUnreadableMax = 16;

/** Steps of one comparison of two regions; beyond it they count as overlapping. */
export const laneIntersectionStepsMax = 1_000_000;

/** Time of one host. Ages on one boot use `monotonicMs`; `wallMs` is for people and decides nothing. */
export const stamp = z.object({
  bootId: z.string().min(1).max(laneLabelMax),
  monotonicMs: z.number().min(0),
  wallMs: z.number(),
});
/** A moment on the clock of one host. */
export type Stamp = Readonly<z.infer<typeof stamp>>;

/** `shared` leases of one lane go together; an exclusive one stands alone (NL1). */
export const laneMode = z.enum(["exclusive", "shared"]);
/** Name of a mode. */
export type LaneMode = z.infer<typeof laneMode>;

/** `process`: dead with its process. `detached`: outlives its acquirer; freed by release or TTL. */
export const laneAttachment = z.enum(["process", "detached"]);
/** What the life of a lease hangs on. */
export type LaneAttachment = z.infer<typeof laneAttachment>;

/** `live` and `doubted` are in force. Doubted: its age became unknown, and it waits for one TTL to be freed. */
export const lanePhase = z.enum(["vacant", "live", "doubted", "released", "scavenged"]);
/** Name of a phase. */
export type LanePhase = z.infer<typeof lanePhase>;

/** Why a lease is dead although nobody released it. */
export const laneDeath = z.enum(["ttl", "process-gone", "other-boot", "age-unknown"]);
/** Cause of an end that nobody asked for. */
export type LaneDeath = z.infer<typeof laneDeath>;

/** Why a holder lost its lease. `unknown`: no such lease, or not its secret, or an age that nobody knows. */
export const laneLost = z.enum(["expired", "adopted", "released", "scavenged", "unknown"]);
/** Reason a holder is given. */
export type LaneLost = z.infer<typeof laneLost>;

/** What shows that the holder is gone; `forced`: nothing does, somebody decided it. */
export const laneEvidence = z.enum(["process-gone", "other-boot", "forced"]);
/** What an adoption rests on. */
export type LaneEvidence = z.infer<typeof laneEvidence>;

/** Why a waiter left the queue without a lease. */
export const laneWithdrawal = z.enum(["cancelled", "deadline", "process-gone", "age-unknown"]);
/** Cause of a withdrawal. */
export type LaneWithdrawal = z.infer<typeof laneWithdrawal>;

/** Typed read-only and not frozen: freezing every list of a log that is read costs more than reading it. */
function listOf<T>(element: z.ZodType<T>, max: number): z.ZodType<readonly T[], readonly T[]> {
  return z.array(element).max(max) as unknown as z.ZodType<readonly T[], readonly T[]>;
}

const label = z.string().min(1).max(laneLabelMax);
const labelOrNull = label.nullable().default(null);
const reason = z.string().max(laneReasonMax);

/** Public name of a lease; knowing it proves nothing. */
export const laneLeaseId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 letters, digits, - or _");
/** SHA-256 of a holder's secret, in lower-case hexadecimal. */
export const laneSecretHash = z.string().regex(/^[0-9a-f]{64}$/);
/** A fencing token: of two leases of a journal, the later has the greater (NL2). */
export const laneToken = z.int().min(1);
/** A TTL in milliseconds. */
export const laneTtl = z.number().min(1).max(laneTtlMsMax);

/** For display only: no decision looks at a pid. */
export const laneProcess = z.object({
  pid: z.int().min(1),
  startedAt: z.string().max(laneLabelMax).nullable().default(null),
});
/** The process a holder runs in, as it is shown. */
export type LaneProcess = Readonly<z.infer<typeof laneProcess>>;

/** JSON, as journals keep it. */
export type LaneJson = null | boolean | number | string | readonly LaneJson[] | LaneJsonObject;
/** A JSON object. */
export interface LaneJsonObject {
  readonly [key: string]: LaneJson;
}

/** Looked at no deeper than this: what was journaled was JSON. Requests are checked whole. */
const laneMeta = z.record(z.string(), z.custom<LaneJson>());

/** What is asked for: lane and region in canonical form. Made by `laneRequest` and by nothing else. */
export const laneClaim = z.object({
  lane: z.string().min(1).max(laneNameMax),
  region: listOf(z.string().min(1).max(laneGlobLengthMax), laneRegionGlobsMax),
  mode: laneMode,
});
/** Lane, region and mode of a request, in canonical form. */
export type LaneClaim = Readonly<z.infer<typeof laneClaim>>;

const attribution = {
  holder: label,
  process: laneProcess.nullable().default(null),
};

const terms = {
  ...laneClaim.shape,
  ...attribution,
  attachment: laneAttachment,
  ttlMs: laneTtl,
  runId: labelOrNull,
  children: listOf(label, laneChildrenMax).default([]),
  envDigest: labelOrNull,
  meta: laneMeta.default({}),
};

/** Everything a grant records of its request. */
export const laneTerms = z.object(terms);
/** Terms of a request, checked and in canonical form. */
export type LaneTerms = Readonly<z.infer<typeof laneTerms>>;

/** The events a lane journal knows. Each event's time is the stamp of its record. */
export const laneEvents = {
  "lane.granted": z.object({
    leaseId: laneLeaseId,
    fencingToken: laneToken,
    secretHash: laneSecretHash,
    ...terms,
    /** The waiter that it was granted to leaves the queue. */
    waiterId: laneLeaseId.nullable().default(null),
  }),
  "lane.beaten": z.object({ leaseId: laneLeaseId, fencingToken: laneToken }),
  "lane.released": z.object({ leaseId: laneLeaseId, fencingToken: laneToken }),
  "lane.adopted": z.object({
    leaseId: laneLeaseId,
    previousToken: laneToken,
    fencingToken: laneToken,
    secretHash: laneSecretHash,
    ...attribution,
    evidence: laneEvidence,
    because: reason.nullable().default(null),
  }),
  "lane.scavenged": z.object({ leaseId: laneLeaseId, fencingToken: laneToken, cause: laneDeath }),
  "lane.doubted": z.object({ leaseId: laneLeaseId, fencingToken: laneToken }),
  "lane.refused": z.object({
    ...laneClaim.shape,
    holder: label,
    kind: z.string().max(laneLabelMax),
    /** Fencing tokens and tickets that stood in the way. */
    blockedBy: listOf(laneToken, laneBlockedByMax),
  }),
  "lane.waiting": z.object({
    waiterId: laneLeaseId,
    /** From the same counter as the fencing tokens; the waiting process holds the byte of that number. */
    ticket: laneToken,
    ...laneClaim.shape,
    holder: label,
    waitMs: z.number().min(0).max(laneWaitMsMax),
  }),
  "lane.withdrawn": z.object({ waiterId: laneLeaseId, ticket: laneToken, cause: laneWithdrawal }),
  "lane.halted": z.object({
    handle: label,
    leaseId: laneLeaseId.nullable().default(null),
    lane: labelOrNull,
    command: reason.nullable().default(null),
    reason: reason.nullable().default(null),
    holder: labelOrNull,
    runId: labelOrNull,
  }),
  "lane.spawned": z.object({
    lane: z.string().min(1).max(laneNameMax),
    holder: label,
    runId: labelOrNull,
    reason: reason.nullable().default(null),
  }),
} as const;

/** Name of an event of the lane journal. */
export type LaneEventType = keyof typeof laneEvents;
/** Data of an event of this type. */
export type LaneEventData<T extends LaneEventType> = Readonly<z.infer<(typeof laneEvents)[T]>>;

/** An event as it is journaled. */
export type LaneEvent = {
  readonly [T in LaneEventType]: { readonly type: T; readonly data: LaneEventData<T> };
}[LaneEventType];

/** Every type of event that means something in a lane journal. */
export const laneEventTypes = Object.keys(laneEvents) as readonly LaneEventType[];

/** One grant as everybody may see it. The hash of the secret stays in the state. */
export interface LaneGrant extends LaneTerms {
  readonly leaseId: string;
  readonly fencingToken: number;
  readonly acquiredAt: Stamp;
  readonly heartbeatAt: Stamp;
}

/** Why a holder lost its lease, for people. */
export const laneLostMeanings: Readonly<Record<LaneLost, string>> = {
  expired: "its TTL is over, or its process is gone, and nobody recorded it yet",
  adopted: "another holder took it over",
  released: "it was given back",
  scavenged: "its end was recorded: TTL, process or boot, as the cause says",
  unknown: "no such lease, not its secret, or an age that nobody knows, as the cause says",
};

/** Why something was not done, and what that means. */
export const laneRefusalMeanings = {
  conflict: "leases in force name the same lane or reach the same paths",
  "waiters-ahead": "nothing in force is in the way, and others asked earlier",
  "case-twin": "a lane in force differs from the one asked for in upper and lower case only",
  "lease-id-taken": "a lease with this id was granted before",
  "unreadable-record":
    "the journal holds a record that cannot be read: nothing is granted until it is repaired",
  "too-many-leases": "as many leases are in force as the journal keeps",
  "too-many-waiters": "as many requests wait as the journal keeps",
  "wait-over": "the time that the request was to wait is over",
  "evidence-missing": "nothing shows that the holder is gone, and no force was asked for",
  "token-moved": "the lease is under another token than the adopter saw",
} as const;
/** Why a request was refused. */
export type LaneRefusalKind = keyof typeof laneRefusalMeanings;

/** What is wrong with a request that cannot even be asked. */
export const laneInvalidMeanings = {
  "not-a-request": "a field is missing, of the wrong type, or out of its bounds",
  "lane-empty": "the lane has no name",
  "lane-too-long": "the lane's name is too long",
  "lane-control-character": "the lane's name holds characters that cannot be printed",
  "path-absolute": "a glob begins at the root of the file system",
  "path-escapes": "a glob leaves the root of the shared work",
  "path-empty": "a glob names no path",
  "path-control-character": "a glob holds characters that cannot be printed",
  "glob-malformed": "a glob cannot be read",
  "glob-unsupported": "a glob uses a syntax that is not supported",
  "region-too-large": "the region has more globs, characters or alternatives than are compared",
  "meta-too-large": "the metadata is too large",
} as const;
/** What is wrong with a request. */
export type LaneInvalidKind = keyof typeof laneInvalidMeanings;
