/** The loop of beats, over a connection of its own. Which thread it runs in is its caller's business. */
import type { PlaneClock } from "./clock.js";
import { keepConnected } from "./keep-connected.js";
import type { Peer } from "./messages.js";
import type { Backoff } from "./policy.js";
import type { Beats, WorkerTransport } from "./transport.js";

export interface BeatsOptions {
  readonly connect: WorkerTransport["connect"];
  readonly peer: Peer;
  readonly clock: PlaneClock;
  readonly random: () => number;
  readonly backoff: Backoff;
  heard(message: unknown): void;
}

export function createBeats(options: BeatsOptions): Beats {
  const { clock, heard } = options;
  const held = new Map<string, number>();
  let endPace = (): void => undefined;
  let paced = false;
  const connection = keepConnected({
    ...options,
    peer: { ...options.peer, role: "beats" },
    opened: () => {
      connection.settled();
      if (paced) beat();
    },
    message: heard,
    closed: () => undefined,
  });
  const beat = (): void => connection.send({ type: "beat" });
  const progress = (): void => {
    for (const [lease, attempt] of held) connection.send({ type: "progress", lease, attempt });
  };
  return {
    pace: (beatMs, progressMs) => {
      endPace();
      const ends = [clock.every(beatMs, beat), clock.every(progressMs, progress)];
      endPace = () => ends.forEach((end) => end());
      paced = true;
    },
    hold: (lease, attempt) => {
      held.set(lease, attempt);
    },
    release: (lease) => {
      held.delete(lease);
    },
    stop: () => {
      endPace();
      connection.stop();
    },
  };
}
