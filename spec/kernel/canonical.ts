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
}

const CANON = Symbol("leasehold.canon");

interface Carrier {
  readonly [CANON]?: Canon;
}

/** The canon of a record, if it is canonical. */
export function canonOf(record: object): Canon | undefined {
  return (record as Carrier)[CANON];
}

/** Makes a fresh record canonical. Call it on objects nobody else holds yet. */
export function canonize<R extends object>(record: R): R {
  const canon: Canon = { code: -1, owner: null, tables: [] };
  Object.defineProperty(record, CANON, { value: canon, enumerable: false });
  return record;
}

let functions = 0;

/**
 * A pure function of a record and a small index, computed once for each canonical record and index.
 *
 * `onCompute` is called for every computed (not looked up) result: exactly once for each distinct pair.
 */
export function tabulate<R extends object, T>(
  compute: (record: R, index: number) => T,
  onCompute?: (record: R, index: number, result: T) => void,
): (record: R, index: number) => T {
  const slot = functions;
  functions += 1;
  return (record, index) => {
    const canon = canonOf(record);
    if (canon === undefined) {
      const result = compute(record, index);
      onCompute?.(record, index, result);
      return result;
    }
    const table = canon.tables[slot] ?? (canon.tables[slot] = []);
    const known = table[index];
    if (known !== undefined) return known as T;
    const result = compute(record, index);
    table[index] = result;
    onCompute?.(record, index, result);
    return result;
  };
}
