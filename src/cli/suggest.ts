/** The nearest of the names that are known, for messages about one that is not. */

/** Longest names compared; longer ones are no typing mistakes. */
const lengthMax = 100;

/** ` Nearest: "lease".`, or nothing when no name is near. */
export function nearest(name: string, known: readonly string[]): string {
  let best: { name: string; distance: number } | null = null;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (best === null || distance < best.distance) best = { name: candidate, distance };
  }
  const allowed = Math.max(2, Math.floor(name.length / 3));
  return best !== null && best.distance <= allowed ? ` Nearest: "${best.name}".` : "";
}

function editDistance(a: string, b: string): number {
  if (a.length > lengthMax || b.length > lengthMax) return Infinity;
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
