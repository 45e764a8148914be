/**
 * Marks in a schema which ids are interchangeable, so that a checker may explore one state of each orbit.
 *
 * `indexedBy("worker", array)` says that position i of the array belongs to worker i; `idOf("worker", scalar)`
 * says that the value names a worker. Sound for laws that treat the ids alike.
 */
import { z } from "zod";

/** How one schema node takes part in the symmetry of a sort of ids. */
export interface SymmetryMark {
  readonly sort: string;
  readonly role: "index" | "id";
  /** For `id`: the value that names member i of the sort. */
  readonly members?: readonly (string | number)[];
}

const marks = z.registry<SymmetryMark>();

/** The mark of a schema node, if it has one. */
export function symmetryOf(schema: z.core.$ZodType): SymmetryMark | undefined {
  return marks.get(schema);
}

/** Position i of the array belongs to member i of the sort. */
export function indexedBy<T extends z.core.$ZodType>(sort: string, schema: T): T {
  marks.add(schema, { sort, role: "index" });
  return schema;
}

/** The value names a member of the sort; values outside `members` (none, unknown) stay as they are. */
export function idOf<T extends z.core.$ZodType>(
  sort: string,
  members: readonly (string | number)[],
  schema: T,
): T {
  marks.add(schema, { sort, role: "id", members });
  return schema;
}
