/** The clock of master and worker: a port, so that tests have a simulated one. Milliseconds, never set back. */

export interface PlaneClock {
  /** Milliseconds; they never go back. */
  now(): number;
  /** Calls `run` about every `ms`; returns what ends it. */
  every(ms: number, run: () => void): () => void;
  /** Calls `run` once, about `ms` from now; returns what prevents it. */
  after(ms: number, run: () => void): () => void;
}

/**
 * The host's monotonic clock. What is repeated runs after the input that has arrived: when the process was
 * held up, beats that wait in a socket are read before anybody grows older.
 */
export function hostPlaneClock(): PlaneClock {
  return {
    now: () => performance.now(),
    every: (ms, run) => {
      let immediate: NodeJS.Immediate | undefined;
      const timer = setInterval(() => {
        immediate = setImmediate(run);
      }, ms);
      return () => {
        clearInterval(timer);
        if (immediate !== undefined) clearImmediate(immediate);
      };
    },
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}
