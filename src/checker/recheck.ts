/**
 * Checks of the checker and of the model while a search runs: every action, called on a copy of the state that
 * shares nothing, must do what is about to be done, whether by tree, by compiled code or by a call.
 */
import type { Codec } from "./codec.js";
import { ModelError } from "./errors.js";
import { applyPatch, isDisabled } from "./patch.js";
import type { ActionTable } from "./scripts.js";
import type { Batch, StateTable } from "./state-table.js";
import type { Successors } from "./successors.js";

/** The first states, the first learnt ones, less and less often, and then one in so many. */
const first = 8;
const every = 1009;

/** Whether a state is expanded twice to see that `next` is a function. `learnAfter`: the first learnt state. */
export function isSampled(index: number, learnAfter: number): boolean {
  return index % every === 0 || isEarly(index) || isEarly(index - learnAfter);
}

function isEarly(place: number): boolean {
  return place >= 0 && place < every && (place < first || (place & (place - 1)) === 0);
}

/** What it looks at. */
export interface Rechecked {
  readonly codec: Codec<object>;
  readonly actions: ActionTable;
  readonly successors: Successors;
  readonly table: StateTable;
  /** Notes the action that is called, for errors. */
  calls(index: number, id: number): void;
}

export class Recheck {
  private readonly of: Rechecked;
  private readonly once: Uint32Array;
  private readonly twice: Uint32Array;

  constructor(of: Rechecked) {
    this.of = of;
    this.once = new Uint32Array(of.codec.words);
    this.twice = new Uint32Array(of.codec.words);
  }

  /** By trees and by calls. */
  all(index: number): void {
    const { codec, successors, actions, table, calls } = this.of;
    const { packed } = table;
    const offset = index * table.words;
    const copy = codec.unpackFresh(packed, offset);
    for (const { id } of actions.instances) {
      calls(index, id);
      const patch = successors.patchOf(id, packed, offset);
      const after = patch === null ? successors.apply(id, codec.unpack(packed, offset)) : null;
      const enabled = patch === null ? after !== null : !isDisabled(patch);
      if (after !== null) codec.pack(after, this.once, 0);
      else if (patch !== null && enabled) applyPatch(patch, packed, offset, this.once);
      this.compare(id, index, copy, enabled ? this.once : null);
    }
    this.refuseMutation(index, copy);
  }

  /** By compiled code: the batch holds the successors of this state and nothing else, without the state itself. */
  batch(index: number, batch: Batch): void {
    const { codec, actions, table, calls } = this.of;
    const { words } = table;
    const offset = index * words;
    const copy = codec.unpackFresh(table.packed, offset);
    let place = 0;
    for (const { id } of actions.instances) {
      calls(index, id);
      const isNext = place < batch.count && batch.actions[place] === id && batch.parents[place] === index;
      if (isNext) this.compare(id, index, copy, batch.words.subarray(place * words, (place + 1) * words));
      else if (!this.staysOrIsOff(id, offset, copy)) this.compare(id, index, copy, null);
      if (isNext) place += 1;
    }
  }

  private staysOrIsOff(id: number, offset: number, copy: object): boolean {
    const { codec, successors, table } = this.of;
    const after = successors.apply(id, copy);
    return after === null || codec.matches(after, table.packed, offset);
  }

  /** `found`: the successor by the way that is checked; null when the action is not enabled by it. */
  private compare(id: number, index: number, copy: object, found: Uint32Array | null): void {
    const { codec, successors, actions } = this.of;
    const again = successors.apply(id, copy);
    if (again !== null) {
      codec.pack(again, this.twice, 0);
      codec.validate(again);
    }
    let same = (again !== null) === (found !== null);
    for (let k = 0; same && found !== null && k < codec.words; k += 1) same = found[k] === this.twice[k];
    if (same) return;
    const once = found === null ? "not enabled" : JSON.stringify(codec.unpack(found, 0));
    const twice = again === null ? "not enabled" : JSON.stringify(again);
    this.refuseMutation(index, copy);
    const action = actions.instances[id]?.label ?? String(id);
    throw new ModelError({ code: "model/nondeterministic", action, first: once, second: twice });
  }

  /** An action that changes its argument has changed the copy that all actions were called on. */
  private refuseMutation(index: number, copy: object): void {
    const { codec, successors, actions, table, calls } = this.of;
    const { packed } = table;
    const offset = index * table.words;
    if (codec.matches(copy, packed, offset)) return;
    for (const { id } of actions.instances) {
      const fresh = codec.unpackFresh(packed, offset);
      calls(index, id);
      successors.apply(id, fresh);
      if (!codec.matches(fresh, packed, offset)) throw new ModelError({ code: "model/mutated", field: "its argument" });
    }
  }
}
