/**
 * The data of a grant, written and read field by field, and requests as most are. Reading is several times faster
 * than the schema. All that is written in another way is the schema's to read.
 *
 * What is made of a grant shares its parts with what came in.
 */
import type { z } from "zod";

import {
  type LaneAttachment,
  type LaneEventData,
  type LaneGrant,
  type LaneJsonObject,
  type LaneMode,
  type LaneProcess,
  type LaneTerms,
  laneChildrenMax,
  type laneEvents,
  laneGlobLengthMax,
  laneLabelMax,
  laneNameMax,
  laneRegionGlobsMax,
  laneTtlMs,
  laneTtlMsMax,
} from "../vocabulary/lane.js";

type Granted = LaneEventData<"lane.granted">;

const leaseIdPattern = /^[A-Za-z0-9_-]{1,64}$/;
const hashPattern = /^[0-9a-f]{64}$/;

/** What the schema takes for a field that is left out. Shared by all grants: nobody changes them. */
const noChildren: readonly string[] = Object.freeze<string[]>([]);
const noMeta: LaneJsonObject = Object.freeze({});

type Written = z.input<(typeof laneEvents)["lane.granted"]>;

/** Field by field: spreading the terms into the middle of it takes longer than the rest of a grant. */
export function grantedData(
  terms: Pick<Written, keyof LaneTerms>,
  given: Omit<Written, keyof LaneTerms>,
): Granted {
  const { lane, region, mode, holder, process = null, attachment } = terms;
  const { ttlMs, runId = null, children = noChildren, envDigest = null, meta = noMeta } = terms;
  const { leaseId, fencingToken, secretHash, waiterId = null } = given;
  return {
    leaseId,
    fencingToken,
    secretHash,
    lane,
    region,
    mode,
    holder,
    process: process as LaneProcess | null,
    attachment,
    ttlMs,
    runId,
    children,
    envDigest,
    meta,
    waiterId,
  };
}

/** As it is journaled: a field that says what a reader takes for it when it is missing is left out, an eighth of most lines. */
export function writtenGrant(granted: Granted): Written {
  const { leaseId, fencingToken, secretHash, lane, region, mode, holder, process, attachment } = granted;
  const { ttlMs, runId, children, envDigest, meta, waiterId } = granted;
  const written: Mutable<Written> = { leaseId, fencingToken, secretHash, lane, region, mode, holder, attachment, ttlMs };
  if (process !== null) written.process = process;
  if (runId !== null) written.runId = runId;
  if (children.length > 0) written.children = children;
  if (envDigest !== null) written.envDigest = envDigest;
  if (!isEmpty(meta)) written.meta = meta;
  if (waiterId !== null) written.waiterId = waiterId;
  return written;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a grant leaves for good. */
export function termsOf({
  lane,
  region,
  mode,
  holder,
  process,
  attachment,
  ttlMs,
  runId,
  children,
  envDigest,
  meta,
}: LaneTerms): LaneTerms {
  return { lane, region, mode, holder, process, attachment, ttlMs, runId, children, envDigest, meta };
}

/** The grant as its holder sees it. */
export function grantFor(
  { lane, region, mode, holder, process, attachment, ttlMs, runId, children, envDigest, meta }: LaneTerms,
  { leaseId, fencingToken, acquiredAt, heartbeatAt }: Omit<LaneGrant, keyof LaneTerms>,
): LaneGrant {
  return {
    lane,
    region,
    mode,
    holder,
    process,
    attachment,
    ttlMs,
    runId,
    children,
    envDigest,
    meta,
    leaseId,
    fencingToken,
    acquiredAt,
    heartbeatAt,
  };
}

/** Agrees with the schema of requests: null, or what the schema gives. It shares nothing with what came in. */
export function readRequest(input: unknown): LaneTerms | null {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return null;
  const {
    lane,
    region = [],
    mode = "exclusive",
    holder,
    process = null,
    attachment = "process",
    ttlMs = laneTtlMs,
    runId = null,
    children = [],
    envDigest = null,
    meta,
  } = input as Fields;
  if (meta !== undefined) return null;
  const asked = {
    lane,
    region: copied(region, laneRegionGlobsMax),
    mode,
    holder,
    process: shown(process),
    attachment,
    ttlMs,
    runId,
    children: copied(children, laneChildrenMax),
    envDigest,
    meta: {},
  };
  return isAsked(asked) && isTerms(asked) ? (asked as LaneTerms) : null;
}

/** Element by element, holes included; null when it is no list, or a longer one. */
function copied(list: unknown, max: number): unknown {
  if (!Array.isArray(list) || list.length > max) return null;
  const copy: unknown[] = [];
  for (let index = 0; index < list.length; index += 1) copy.push((list as unknown[])[index]);
  return copy;
}

/** The two fields that are kept; undefined when it is no process. */
function shown(process: unknown): unknown {
  if (process === null) return null;
  if (typeof process !== "object" || Array.isArray(process)) return undefined;
  const { pid, startedAt } = process as Readonly<Record<keyof LaneProcess, unknown>>;
  return { pid, startedAt };
}

/** Agrees with the schema: null, or what the schema gives. */
export function readGranted(data: unknown): Granted | null {
  if (typeof data !== "object" || data === null) return null;
  const read = grantedData(data as Written, data as Written);
  return isGranted(read) ? read : null;
}

type Fields = Readonly<Record<keyof Granted, unknown>>;
type TermFields = Readonly<Record<keyof LaneTerms, unknown>>;

function isGranted(data: Fields): boolean {
  return isAsked(data) && isTerms(data) && isGiven(data);
}

function isGiven({ leaseId, fencingToken, secretHash, waiterId }: Fields): boolean {
  return (
    isLeaseId(leaseId) &&
    isCount(fencingToken) &&
    typeof secretHash === "string" &&
    hashPattern.test(secretHash) &&
    (waiterId === null || isLeaseId(waiterId))
  );
}

function isAsked({ lane, region, mode }: TermFields): boolean {
  return (
    isText(lane, laneNameMax) &&
    isList(region, laneGlobLengthMax, laneRegionGlobsMax) &&
    ((mode as LaneMode) === "exclusive" || (mode as LaneMode) === "shared")
  );
}

function isTerms({ holder, process, attachment, ttlMs, runId, children, envDigest, meta }: TermFields): boolean {
  return (
    isText(holder, laneLabelMax) &&
    (process === null || isProcess(process)) &&
    ((attachment as LaneAttachment) === "process" || (attachment as LaneAttachment) === "detached") &&
    typeof ttlMs === "number" &&
    ttlMs >= 1 &&
    ttlMs <= laneTtlMsMax &&
    (runId === null || isText(runId, laneLabelMax)) &&
    isList(children, laneLabelMax, laneChildrenMax) &&
    (envDigest === null || isText(envDigest, laneLabelMax)) &&
    isEmpty(meta)
  );
}

function isLeaseId(value: unknown): boolean {
  return typeof value === "string" && leaseIdPattern.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isText(value: unknown, lengthMax: number): boolean {
  return typeof value === "string" && value.length >= 1 && value.length <= lengthMax;
}

function isList(value: unknown, lengthMax: number, max: number): boolean {
  return Array.isArray(value) && value.length <= max && value.every((one) => isText(one, lengthMax));
}

/** With these two fields and no other: the schema would leave others out. */
function isProcess(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  for (const key in value) if (key !== "pid" && key !== "startedAt") return false;
  const { pid, startedAt } = value as LaneProcess;
  return isCount(pid) && (startedAt === null || isText(startedAt, laneLabelMax));
}

/** Of an object alone: what is in it is the schema's to read. */
function isEmpty(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  for (const _key in value as LaneJsonObject) return false;
  return true;
}
