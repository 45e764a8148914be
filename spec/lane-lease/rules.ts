/**
 * The decisions of a lane journal that are not the machine's, and the machine itself, as one replaceable record.
 *
 * Production uses `laneRules` and nothing else; a model puts a broken part in to see that a law catches it.
 */
import type { AnyStateMachine } from "xstate";

import { type Compiled, type NamedEffect, compileMachine } from "../kernel/compile-machine.js";
import { laneCoalesceMsMax } from "../vocabulary/lane.js";
import { type Conflicts, conflict } from "./admission.js";
import { createLaneLeaseMachine } from "./lane-lease.machine.js";
import type { LaneLeaseEvent, LaneLeaseRecord } from "./record.js";
import { type Age, type AgeOf, ageOf } from "./stamp.js";
import type { LaneEntry, LaneState } from "./state.js";

/** The compiled chart of one lane lease. */
export type CompiledLaneLease = Compiled<LaneLeaseRecord, LaneLeaseEvent, NamedEffect>;

/** What decisions ask beside the machine: ages, conflicts, tokens, proof of holding, eliding of beats. */
export interface LaneRules {
  readonly machine: CompiledLaneLease;
  readonly age: AgeOf;
  readonly conflicts: Conflicts;
  /** The next fencing token or ticket. */
  mint(state: LaneState): number;
  /** The token of an adoption. */
  mintForAdoption(state: LaneState, entry: LaneEntry): number;
  /** The secret is the current holder's. */
  isHolder(entry: LaneEntry, secretHash: string): boolean;
  /** A beat needs no write: the last one is young enough. */
  elides(age: Age, coalesceMs: number, ttlMs: number): boolean;
}

/** Compiles the chart, or one made from it. */
export function compileLaneLease(
  machine: AnyStateMachine = createLaneLeaseMachine(),
): CompiledLaneLease {
  return compileMachine<LaneLeaseRecord, LaneLeaseEvent>(machine, { stateField: "phase" });
}

/** The rules that production uses: every token is the highest ever given, plus one (NL2). */
export const laneRules: LaneRules = {
  machine: compileLaneLease(),
  age: ageOf,
  conflicts: conflict,
  mint: (state) => state.tokenMark + 1,
  mintForAdoption: (state) => state.tokenMark + 1,
  isHolder: (entry, secretHash) => entry.secretHash === secretHash,
  elides: (age, coalesceMs, ttlMs) =>
    age !== "unknown" && age < Math.min(coalesceMs, laneCoalesceMsMax(ttlMs)),
};
