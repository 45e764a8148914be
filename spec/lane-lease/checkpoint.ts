/**
 * What compaction keeps of a lane journal: all of its state, the high-water mark of the tokens first (NL2).
 *
 * Folding on from a restored checkpoint gives what folding on from the state itself gives (JL6).
 */
import { z } from "zod";

import {
  type LaneJsonObject,
  laneAttachment,
  laneDeath,
  laneEvents,
  laneLeaseId,
  lanePhase,
  laneSecretHash,
  laneTerms,
  laneToken,
  laneTtl,
  stamp,
} from "../vocabulary/lane.js";
import { type LaneState, emptyLaneState, insertLease } from "./state.js";

const former = z.object({ secretHash: laneSecretHash, fencingToken: laneToken });

const record = z.object({
  phase: lanePhase,
  fencingToken: laneToken,
  ttlMs: laneTtl,
  attachment: laneAttachment,
  heartbeatAt: stamp.nullable(),
  doubtedAt: stamp.nullable(),
});

const entry = z.object({
  leaseId: laneLeaseId,
  laneKey: z.string(),
  acquiredAt: stamp,
  terms: laneTerms,
  secretHash: laneSecretHash,
  former: z.array(former).readonly(),
  record,
});

const ended = z.object({ ...entry.shape, endedAt: stamp, cause: laneDeath.nullable() });
const noteOf = <T extends z.ZodType>(data: T) => z.object({ at: stamp, data });

const checkpoint = z.object({
  tokenMark: z.int().min(0),
  leases: z.array(entry),
  ended: z.array(ended),
  waiters: z.array(z.object({ ...laneEvents["lane.waiting"].shape, since: stamp })),
  refusals: z.array(noteOf(laneEvents["lane.refused"])),
  halts: z.array(noteOf(laneEvents["lane.halted"])),
  spawns: z.array(noteOf(laneEvents["lane.spawned"])),
  unreadable: z.object({
    count: z.int().min(0),
    first: z.array(z.object({ seq: z.int(), type: z.string() })),
  }),
});

/** The state of a lane journal as JSON. */
export type LaneCheckpoint = LaneJsonObject;

/** A checkpoint that does not read as one: nothing may be concluded from it, least of all "no leases". */
export class LaneCheckpointError extends Error {
  override readonly name = "LaneCheckpointError";
  readonly failure: {
    readonly code: "lane/checkpoint-unreadable";
    readonly field: string;
    readonly found: string;
  };
  constructor(field: string, found: string) {
    super(
      `restoring the leases from a checkpoint: field "${field}" is unreadable (${found}). ` +
        "Restore the journal's file from its copy, or repair it. [lane/checkpoint-unreadable]",
    );
    this.failure = { code: "lane/checkpoint-unreadable", field, found };
  }
}

/** The state as JSON; it shares nothing that later events change. */
export function laneCheckpoint(state: LaneState): LaneCheckpoint {
  const { tokenMark, leases, ended: over, waiters, refusals, halts, spawns, unreadable } = state;
  const kept: z.input<typeof checkpoint> = {
    tokenMark,
    leases: [...leases.values()],
    ended: [...over.values()],
    waiters: [...waiters.values()],
    refusals,
    halts,
    spawns,
    unreadable,
  };
  // Its own copy: the state goes on changing in place.
  return structuredCopy(kept) as unknown as LaneCheckpoint;
}

/** Throws a LaneCheckpointError. */
export function restoreLaneState(data: unknown): LaneState {
  const reading = checkpoint.safeParse(data);
  if (!reading.success) {
    const [issue] = reading.error.issues;
    throw new LaneCheckpointError(
      issue?.path.map(String).join(".") ?? "",
      issue?.message ?? "unreadable",
    );
  }
  const kept = reading.data;
  const state = emptyLaneState();
  state.tokenMark = kept.tokenMark;
  for (const one of kept.leases) insertLease(state, one);
  for (const one of kept.ended) state.ended.set(one.leaseId, one);
  for (const one of kept.waiters) state.waiters.set(one.waiterId, one);
  state.refusals.push(...kept.refusals);
  state.halts.push(...kept.halts);
  state.spawns.push(...kept.spawns);
  state.unreadable = kept.unreadable;
  return state;
}

function structuredCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
