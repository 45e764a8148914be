/**
 * Canonical records: one object for one value, so that pure functions of it can keep their results on it.
 *
 * A checker decodes the same component value millions of times. It hands out one canonical object for each
 * value and the functions tabulated here compute each result once. A record that is not canonical works
 * everywhere as well, it is only slower. The table is not enumerable, so copying a record leaves it behind.
 */

/** What a canonical record carries beside its fields. */
export interface Canon {
  /** The number the owner's codec gave the value; -1 before it was encoded. */
  code: number;
  /** The codec that gave it. */
  owner: object | null;
  /** Results of tabulated functions, by function, then by argument. */
  readonly tables: (unknown[] | undefined)[];
  /** A second object for a value, made to compute results anew: what it computes is not counted. */
  readonly replica: boolean;
  /** Only with a stand-in for a record that nobody has looked at yet. */
  readonly standIn?: StandIn;
}

/** Answers for a record until somebody looks inside. */
export interface StandIn {
  /** The record: from now on it counts as looked at. */
  look(): object;
  /** The step of a machine on the record, as a stand-in: who only passes `next` on never looks at the record. */
  defer(fn: (record: object, index: number) => unknown, index: number): unknown;
}

/** Key of the canon. A canonical record has it as a property that is not enumerable. */
export const CANON: unique symbol = Symbol("leasehold.canon");

interface Carrier {
  readonly [CANON]?: Canon;
}

/** The canon of a record, if it is canonical. */
export function canonOf(record: object): Canon | undefined {
  return (record as Carrier)[CANON];
}

/** Makes a fresh record canonical. Call it on objects nobody else holds yet. */
export function canonize<R extends object>(record: R, replica = false): R {
  const canon: Canon = { code: -1, owner: null, tables: [], replica };
  Object.defineProperty(record, CANON, { value: canon, enumerable: false });
  return record;
}

let functions = 0;

/**
 * A pure function of a record and a small index, computed once for each canonical record and index.
 *
 * `isStep`: the result is a step of a machine, whose `next` is a record again. `onCompute` is called once for
 * each canonical record and index, with the result; not for replicas. The look-up is generated
 * for each function anew: engines specialise a function on the shape of its argument, and one look-up shared by
 * records of many shapes costs several times as much.
 */
export function tabulate<R extends object, T>(
  compute: (record: R, index: number) => T,
  onCompute?: (record: R, index: number, result: T) => void,
  options: { readonly isStep?: boolean } = {},
): (record: R, index: number) => T {
  const slot = functions;
  functions += 1;
  const fill = (record: R, canon: Canon, index: number, self: (record: R, index: number) => T): T => {
    if (canon.standIn !== undefined) {
      if (options.isStep !== true) return self(canon.standIn.look() as R, index);
      return canon.standIn.defer(self as (record: object, index: number) => unknown, index) as T;
    }
    const table = canon.tables[slot] ?? (canon.tables[slot] = []);
    const result = compute(record, index);
    table[index] = result;
    if (!canon.replica) onCompute?.(record, index, result);
    return result;
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text below and nothing else
  const make = new Function("CANON", "slot", "compute", "fill", lookUp) as (
    ...parts: readonly unknown[]
  ) => (record: R, index: number) => T;
  return make(CANON, slot, compute, fill);
}

const lookUp = `
  return function tabulated(record, index) {
    const canon = record[CANON];
    if (canon === undefined) return compute(record, index);
    const table = canon.tables[slot];
    if (table !== undefined) {
      const known = table[index];
      if (known !== undefined) return known;
    }
    return fill(record, canon, index, tabulated);
  };`;
