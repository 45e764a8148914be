/** Values that travel: JSON, bounded in depth, without keys that a careless merge would take for a prototype. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export const jsonDepthMax = 64;

/** What keeps a value from travelling, or `null`. Walks without recursion. */
export function jsonProblem(value: unknown): string | null {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: found, depth } = next;
    if (found === null || typeof found === "string" || typeof found === "boolean") continue;
    if (typeof found === "number") {
      if (Number.isFinite(found)) continue;
      return `the number ${String(found)} is not JSON`;
    }
    if (typeof found !== "object") return `a ${typeof found} is not JSON`;
    if (depth >= jsonDepthMax) return `it is nested deeper than ${jsonDepthMax} levels`;
    if (Object.hasOwn(found, "__proto__")) return 'the key "__proto__" is refused';
    for (const child of Array.isArray(found) ? (found as unknown[]) : Object.values(found)) {
      open.push({ value: child, depth: depth + 1 });
    }
  }
  return null;
}

/** The text of a value that travels, or what keeps it from that. A missing value is `null`. */
export function jsonText(value: unknown): { readonly text: string } | { readonly problem: string } {
  const present = value === undefined ? null : value;
  const problem = jsonProblem(present);
  return problem === null ? { text: JSON.stringify(present) } : { problem };
}
