/**
 * Calls whose outcome is not known: what was decided is kept, and the same call again finds out from the log
 * whether it happened. What nobody asks for again is forgotten; its lease runs out.
 */

/** Most calls kept. */
const uncertainMax = 64;

export interface Uncertain<O> {
  /** Keeps what the call would have answered. */
  keep(call: string, outcome: O): void;
  /** What was kept for this call, once. The call is asked for only when something is kept at all. */
  take(call: () => string): O | undefined;
}

export function uncertainCalls<O>(): Uncertain<O> {
  const kept = new Map<string, O>();
  return {
    keep: (call, outcome) => {
      kept.delete(call);
      kept.set(call, outcome);
      const [oldest] = kept.keys();
      if (kept.size > uncertainMax && oldest !== undefined) kept.delete(oldest);
    },
    take: (call) => {
      if (kept.size === 0) return undefined;
      const key = call();
      const outcome = kept.get(key);
      kept.delete(key);
      return outcome;
    },
  };
}
