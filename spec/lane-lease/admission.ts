/**
 * Conflict: the one relation that admission rests on. Symmetric, and blind to who asked first.
 */
import type { LaneClaim } from "../vocabulary/lane.js";
import { compileRegion, regionsIntersect } from "./region.js";

/** Two claims that cannot be in force at the same time (NL1, NL10). */
export type Conflicts = (one: LaneClaim, other: LaneClaim) => boolean;

/**
 * They conflict iff they name the same lane or their regions intersect, unless both are `shared`. An empty
 * region intersects nothing.
 */
export const conflict: Conflicts = (one, other) => {
  if (one.mode === "shared" && other.mode === "shared") return false;
  if (one.lane === other.lane) return true;
  if (one.region.length === 0 || other.region.length === 0) return false;
  return regionsIntersect(compileRegion(one.region), compileRegion(other.region));
};

/** Whether a claim goes together with the claims there are. */
export type Admission<C extends LaneClaim> =
  | { readonly admission: "granted" }
  | { readonly admission: "conflicts"; readonly conflicts: readonly [C, ...C[]] };

/** May the claim join those that are in force? Their order plays no part. */
export function admit<C extends LaneClaim>(
  live: Iterable<C>,
  request: LaneClaim,
  conflicts: Conflicts = conflict,
): Admission<C> {
  const [first, ...rest] = [...live].filter((one) => conflicts(one, request));
  return first === undefined
    ? { admission: "granted" }
    : { admission: "conflicts", conflicts: [first, ...rest] };
}
