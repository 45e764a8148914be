/** Queries: what is stored, as everybody may see it. Damage goes with every answer; hashes of secrets never do. */
import {
  type LaneEvidenceSet,
  type LaneHistoryEntry,
  type LaneNote,
  type LaneState,
  laneEventShown,
  laneHistory,
  laneLive,
  laneQueue,
  laneShow,
} from "../../spec/lane-lease/index.js";
import { type LaneEventType, type LaneJson, type Stamp, laneEventTypes } from "../../spec/vocabulary/lane.js";
import { type Journal, type JournalRecord, type Reading, describeDamage } from "../journal/index.js";
import type { LeaseChange, LeaseHistory, LeaseListing, LeaseNote, LeaseShown } from "./types.js";

/** Most lines of one history. */
const historyMax = 100_000;

const known: ReadonlySet<string> = new Set(laneEventTypes);

export function listingOf(reading: Reading<LaneState>, now: Stamp, evidence: LaneEvidenceSet): LeaseListing {
  const { state } = reading;
  return {
    now,
    leases: laneLive(state, now, evidence),
    waiting: laneQueue(state, now, evidence),
    notes: notesOf(state),
    damage: damageOf(reading),
  };
}

export function shownOf(
  reading: Reading<LaneState>,
  leaseId: string,
  now: Stamp,
  evidence: LaneEvidenceSet,
): LeaseShown {
  return { now, lease: laneShow(reading.state, leaseId, now, evidence), damage: damageOf(reading) };
}

/** A sentence for each damaged place, and one for records that say nothing anybody can read. */
export function damageOf({ state, damage }: Reading<LaneState>): readonly string[] {
  const { count, first } = state.unreadable;
  const places = first.map(({ seq, type }) => `${type} in record ${seq}`).join(", ");
  const unreadable = count === 0 ? [] : [`${count} records that cannot be read, the first: ${places}`];
  return [...damage.map(describeDamage), ...unreadable];
}

export async function historyOf(journal: Journal<LaneState>, leaseId: string): Promise<LeaseHistory> {
  const entries: LaneHistoryEntry[] = [];
  for await (const record of journal.records()) {
    entries.push(...laneHistory(record, leaseId));
    if (entries.length > historyMax) entries.shift();
  }
  const complete = entries[0]?.type === "lane.granted";
  return { entries, complete, damage: damageOf(await journal.read()) };
}

/** Changes from the next record on. */
export async function* changesOf(
  journal: Journal<LaneState>,
  signal: AbortSignal | undefined,
): AsyncGenerator<LeaseChange> {
  const { seq } = await journal.read();
  const following = signal === undefined ? {} : { signal };
  for await (const record of journal.watch({ from: seq + 1, ...following })) yield* changesIn(record);
}

export function changesIn({ seq, at, events }: JournalRecord): LeaseChange[] {
  return events.flatMap(({ type, data }) => {
    if (!known.has(type)) return [];
    return [{ seq, at, type: type as LaneEventType, data: laneEventShown(type as LaneEventType, data) }];
  });
}

/** Oldest first. */
function notesOf({ refusals, halts, spawns }: LaneState): LeaseNote[] {
  const all = [
    ...refusals.map((note) => noteOf("lane.refused", note)),
    ...halts.map((note) => noteOf("lane.halted", note)),
    ...spawns.map((note) => noteOf("lane.spawned", note)),
  ];
  return all.sort((a, b) => a.at.wallMs - b.at.wallMs);
}

function noteOf<T extends LeaseNote["type"]>(type: T, { at, data }: LaneNote<T>): LeaseNote {
  return { type, at, data: data as unknown as LaneJson };
}
