/**
 * One learnt action as source text: is it enabled, what becomes of the words, what do the laws say.
 *
 * Locals of the text: `i` the state, `w0` … its words, `n0` … those of the successor, `c` the successors in the
 * batch, `t` and `m` for anything. What is rare is left to whoever runs the text: it says what in `todo`, where
 * to go on in `a`, and leaves the block `actions`.
 */
import type { DecisionTree } from "./decision-tree.js";
import type { ExpansionHost } from "./compiled-expansion.js";
import { unknownOutcome } from "./flat-tree.js";
import { type OpenLaw, nothing } from "./judge.js";
import { Lookup, type Pool, codeOf, nextOf, poolName, wordOf } from "./lookup.js";
import { type Mapping, type Patch, isDisabled } from "./patch.js";
import { batchMax } from "./state-table.js";
import { type LearntAction, no } from "./successors.js";

/** Ways in which one action changes a state, told apart by mapped slots and open laws. */
export const variantsMax = 4;
/** Rows of a variant; more are left to the trees. */
const rowsMax = 512;

/** Outcomes of an action: `unknownOutcome`, `off`, or the place of a row; no row is at a place as low as these. */
const off = 1;
/** Outcomes of conditions and laws. */
const fails = 1;
export const passes = 2;

/** What is left to whoever runs the text: an action the text knows nothing of, one it never does, a full batch. */
export const missed = 0;
export const direct = 1;
export const full = 2;

/** A law that the text asks without a tree, about steps of this patch. */
export interface AskedLaw {
  readonly law: OpenLaw;
  readonly patch: Patch;
  readonly id: number;
}

/** The action and what was learnt of it; `refresh` keeps its tables up with what is learnt. */
export class CompiledAction {
  /** False: its text calls it. */
  readonly ready: boolean;
  private readonly host: ExpansionHost;
  private readonly id: number;
  private readonly learnt: LearntAction;
  private readonly conditions: readonly Lookup[];
  private readonly lookup: Lookup;
  private readonly variants: Variant[] = [];
  private readonly pool: Pool;
  private complete = false;

  constructor(host: ExpansionHost, pool: Pool, id: number, learnt: LearntAction) {
    this.host = host;
    this.id = id;
    this.learnt = learnt;
    this.pool = pool;
    this.conditions = learnt.conditions.map((tree) => new Lookup(pool, tree, (leaf) => (leaf === no ? fails : passes)));
    this.lookup = new Lookup(pool, learnt.tree, (leaf) => this.outcomeOf(learnt.patches[leaf] as Patch));
    this.complete = true;
    this.ready = this.lookup.ready && this.conditions.every(({ ready }) => ready);
  }

  /** Laws that the text asks without their tree, each with the patch it is asked about. */
  get asked(): readonly AskedLaw[] {
    const { id, variants } = this;
    if (!this.ready) return [];
    return variants.flatMap(({ asked, first }) => asked.map((law) => ({ law, patch: first, id })));
  }

  /** Trees give up when they were asked too rarely: asks that the text answered count as well. */
  credit(states: number, steps: Float64Array): void {
    if (!this.ready) return;
    this.learnt.tree.credit(states);
    for (const tree of this.learnt.conditions) tree.credit(states);
    for (const variant of this.variants) variant.credit(steps[this.id] as number);
  }

  /** Takes in what was learnt since. False: the text has to be made anew. */
  refresh(learnt: LearntAction): boolean {
    if (learnt.tree !== this.learnt.tree) return false;
    if (!this.ready) return true;
    const lookups = [...this.conditions, this.lookup];
    return lookups.every((lookup) => lookup.refresh()) && this.variants.every((variant) => variant.refresh());
  }

  /** A case of a switch over actions; it falls through to the next one. `placeOf` numbers the calls of laws. */
  text(placeOf: (law: OpenLaw) => number): string {
    const { id, lookup, variants } = this;
    if (!this.ready) return `case ${id}: ${this.leave(direct)}`;
    const label = `action${id}`;
    const miss = this.leave(missed);
    const conditions = this.conditions.map(
      ({ text }) => `${text} if (t === ${fails}) break ${label}; if (t === ${unknownOutcome}) ${miss}`,
    );
    const steps = variants.map((variant, number) => {
      const text = `${variant.text(miss, placeOf)} ${this.found()}`;
      return variants.length === 1 ? text : `if (${poolName}[t] === ${number}) { ${text} break ${label}; }`;
    });
    return `case ${id}: ${label}: {
          ${conditions.join(" ")}
          ${lookup.text}
          if (t === ${off}) break ${label};
          if (t === ${unknownOutcome}) ${miss}
          ${steps.join("\n          ")}
        }`;
  }

  private leave(todo: number): string {
    return `{ todo = ${todo}; a = ${this.id + 1}; break actions; }`;
  }

  /** The successor's place in the batch. The state itself is known. */
  private found(): string {
    const { words } = this.host.table;
    const all = Array.from({ length: words }, (_, k) => k);
    const differs = all.map((k) => `${nextOf(k)} !== ${wordOf(k)}`).join(" || ");
    return `S[${this.id}] += 1;
          if (${differs}) {
            ${all.map((k) => `W[c * ${words} + ${k}] = ${nextOf(k)};`).join(" ")}
            P[c] = i; A[c] = ${this.id}; c += 1;
            if (c === ${batchMax}) ${this.leave(full)}
          }`;
  }

  private outcomeOf(patch: Patch): number {
    if (isDisabled(patch)) return off;
    let variant = this.variants.find((one) => one.takes(patch));
    if (variant === undefined) {
      if (this.complete || this.variants.length === variantsMax) return unknownOutcome;
      variant = new Variant(this.host, this.pool, this.id, this.variants.length, patch);
      this.variants.push(variant);
    }
    return variant.placeOf(patch);
  }
}

/** Patches that map the same slots and leave no law open, or one patch that does. */
class Variant {
  readonly first: Patch;
  /** Laws that have no flat form. */
  readonly asked: readonly OpenLaw[];
  private readonly number: number;
  private readonly pool: Pool;
  private readonly laws: readonly { readonly law: OpenLaw; readonly tree: DecisionTree; readonly lookup: Lookup }[];
  private readonly mapped: readonly { readonly mapping: Mapping; readonly place: number }[];
  /** A row: the number of the variant, then keep and set of each word. */
  private readonly rows: number;
  private readonly rowLength: number;
  private readonly rowsMax: number;
  /** The patch left laws open when the text was made: the variant is for it alone. */
  private readonly isJudged: boolean;
  private readonly places = new Map<string, number>();
  private readonly byPatch = new Map<Patch, number>();
  /** Words that no row changes. */
  private readonly kept: readonly boolean[];
  private seen: number;

  constructor(host: ExpansionHost, pool: Pool, id: number, number: number, first: Patch) {
    this.pool = pool;
    this.number = number;
    this.first = first;
    this.seen = host.steps[id] as number;
    const laws = first.laws.map((law) => {
      const lookup = new Lookup(pool, law.tree, (leaf) => (leaf === nothing ? passes : fails));
      return { law, tree: law.tree, lookup };
    });
    this.laws = laws.filter(({ lookup }) => lookup.ready);
    this.asked = laws.filter(({ lookup }) => !lookup.ready).map(({ law }) => law);
    this.mapped = first.mappings.map((mapping) => ({ mapping, place: pool.reserve(mapping.codes.length) }));
    this.copyMappings();
    this.rowLength = 1 + 2 * host.table.words;
    this.kept = Array.from(first.keep, (keep) => keep === -1);
    this.isJudged = first.laws.length > 0;
    this.rowsMax = this.isJudged ? 1 : rowsMax;
    this.rows = pool.reserve(this.rowsMax * this.rowLength);
  }

  takes({ laws, mappings, keep }: Patch): boolean {
    const { first } = this;
    if (this.isJudged || laws.length > 0) return laws === first.laws;
    const isMapped = mappings.length === first.mappings.length && mappings.every((one, m) => one === first.mappings[m]);
    return isMapped && this.kept.every((kept, k) => kept === (keep[k] === -1));
  }

  /** The place of the patch's row; a row has room for what no other one has. */
  placeOf(patch: Patch): number {
    const place = this.byPatch.get(patch) ?? this.newPlaceOf(patch);
    this.byPatch.set(patch, place);
    return place;
  }

  private newPlaceOf({ keep, set }: Patch): number {
    const row = Array.from(keep).flatMap((kept, k) => [kept, set[k] as number]);
    const key = row.join();
    const known = this.places.get(key);
    if (known !== undefined) return known;
    if (this.places.size === this.rowsMax) return unknownOutcome;
    const place = this.rows + this.places.size * this.rowLength;
    this.pool.cells.set([this.number, ...row], place);
    this.places.set(key, place);
    return place;
  }

  credit(steps: number): void {
    for (const { tree } of this.laws) tree.credit(steps - this.seen);
    this.seen = steps;
  }

  refresh(): boolean {
    this.copyMappings();
    return this.laws.every(({ law, tree, lookup }) => law.tree === tree && lookup.refresh());
  }

  private copyMappings(): void {
    for (const { mapping, place } of this.mapped) this.pool.cells.set(mapping.codes, place);
  }

  /** The words of the successor, and the laws about it. */
  text(miss: string, placeOf: (law: OpenLaw) => number): string {
    const words = this.kept.map((kept, k) => {
      if (kept) return `${nextOf(k)} = ${wordOf(k)};`;
      const row = (cell: number): string => `${poolName}[t + ${cell}]`;
      return `${nextOf(k)} = (${wordOf(k)} & ${row(1 + 2 * k)}) | ${row(2 + 2 * k)};`;
    });
    const mapped = this.mapped.map(({ mapping: { slot, codes }, place }) => {
      const old = codeOf(wordOf(slot.word), slot.shift, codes.length - 1);
      return `m = ${poolName}[${place} + ${old}]; if (m < 0) ${miss} ${nextOf(slot.word)} |= m << ${slot.shift};`;
    });
    const laws = this.laws.map(({ lookup }) => `${lookup.text} if (t !== ${passes}) ${miss}`);
    return [...words, ...mapped, ...laws, ...this.calls(placeOf)].join("\n          ");
  }

  private calls(placeOf: (law: OpenLaw) => number): string[] {
    if (this.asked.length === 0) return [];
    const copies = this.kept.map((_, k) => `after[${k}] = ${nextOf(k)};`);
    return [copies.join(" "), ...this.asked.map((law) => `ask(${placeOf(law)}, i); called = true;`)];
  }
}
