/** The nearest of the names that are known, for messages about one that is not. */
import { distance } from "fastest-levenshtein";

/** ` Nearest: "a", "b".`: at most three, or nothing when no name is near. */
export function nearest(name: string, known: readonly string[]): string {
  const allowed = Math.max(2, Math.floor(name.length / 3));
  const near = [...new Set(known)]
    .map((candidate) => ({ candidate, far: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ far }) => far <= allowed)
    .sort((a, b) => a.far - b.far || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3);
  return near.length === 0
    ? ""
    : ` Nearest: ${near.map(({ candidate }) => JSON.stringify(candidate)).join(", ")}.`;
}
