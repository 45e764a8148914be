/**
 * What a thread that beats and the thread that holds the lease say to each other: messages, and two words of shared
 * memory that are read without waiting for a message, by a holder that was too busy to take any.
 */
import type { LaneLost } from "../../spec/vocabulary/lane.js";
import type { BeatReport, BeatTerms } from "./beating.js";
import type { StoreAddress } from "./types.js";

export interface BeatInput {
  readonly address: StoreAddress;
  readonly terms: BeatTerms;
  readonly shared: SharedArrayBuffer;
}

export type ToBeatThread = "stop";
export type FromBeatThread = BeatReport;

const lostReasons: readonly LaneLost[] = ["expired", "adopted", "released", "scavenged", "unknown"];

/** Word 0: monotonic milliseconds of the last confirmed beat. Word 1: 0, or why the lease was lost. */
export interface BeatWords {
  confirm(monotonicMs: number): void;
  lose(reason: LaneLost): void;
  readonly confirmedMs: number;
  readonly lost: LaneLost | null;
}

export function newBeatMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT);
}

export function beatWords(shared: SharedArrayBuffer): BeatWords {
  const words = new BigInt64Array(shared);
  return {
    confirm: (monotonicMs) => void Atomics.store(words, 0, BigInt(Math.floor(monotonicMs))),
    lose: (reason) => void Atomics.store(words, 1, BigInt(lostReasons.indexOf(reason) + 1)),
    get confirmedMs() {
      return Number(Atomics.load(words, 0));
    },
    get lost() {
      return lostReasons[Number(Atomics.load(words, 1)) - 1] ?? null;
    },
  };
}
