/**
 * Tells waiters of this process that a lane may have become free. One watch of the journal serves all of them, and
 * none runs while nobody waits. It may wake for nothing; a waiter looks again.
 */
import type { Journal, JournalRecord } from "../journal/index.js";

/** Events after which somebody may get what it waits for. */
const freeing: ReadonlySet<string> = new Set([
  "lane.released",
  "lane.scavenged",
  "lane.withdrawn",
  "journal.checkpoint",
]);

export interface Wakeups {
  /** Starts to listen. What is recorded from now on moves `count`. Every `begin` needs its `end`. */
  begin(): Promise<void>;
  end(): void;
  /** Lets everybody look again. */
  ring(): void;
  /** How often something was freed. */
  readonly count: number;
  /** Resolves when `count` is above `seen`, or after `ms` milliseconds, or when the signal aborts. */
  after(seen: number, ms: number, signal: AbortSignal | undefined): Promise<void>;
}

export function wakeupsOf(journal: Pick<Journal<unknown>, "read" | "watch">): Wakeups {
  const freed = bell();
  let users = 0;
  let watching: AbortController | null = null;
  const listen = async (records: AsyncIterable<JournalRecord>, mine: AbortController): Promise<void> => {
    try {
      for await (const { events } of records) if (events.some(({ type }) => freeing.has(type))) freed.ring();
    } catch {
      // Who waits reads the journal next, and gets the same error with what it was doing.
      freed.ring();
    }
    if (watching === mine) watching = null;
  };
  return {
    async begin() {
      users += 1;
      if (watching !== null) return;
      const mine = new AbortController();
      watching = mine;
      const { seq } = await journal.read();
      void listen(journal.watch({ from: seq + 1, signal: mine.signal }), mine);
    },
    end() {
      users -= 1;
      if (users > 0) return;
      watching?.abort();
      watching = null;
    },
    get count() {
      return freed.count;
    },
    ring: freed.ring,
    after: freed.after,
  };
}

/** Counts its rings and wakes those who sleep until the next. */
function bell(): Pick<Wakeups, "count" | "ring" | "after"> {
  const sleepers = new Set<() => void>();
  let count = 0;
  return {
    ring() {
      count += 1;
      for (const rouse of sleepers) rouse();
    },
    get count() {
      return count;
    },
    after: (seen, ms, signal) =>
      new Promise((resolve) => {
        if (count > seen || signal?.aborted === true) {
          resolve();
          return;
        }
        const rouse = (): void => {
          clearTimeout(timer);
          sleepers.delete(rouse);
          signal?.removeEventListener("abort", rouse);
          resolve();
        };
        const timer = setTimeout(rouse, ms);
        sleepers.add(rouse);
        signal?.addEventListener("abort", rouse);
      }),
  };
}
