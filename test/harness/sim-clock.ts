/** A clock that moves when told to, and by one millisecond each time it is asked. */
import type { Clock, Stamp } from "../../src/journal/index.js";

export interface SimClock extends Clock {
  advance(ms: number): void;
  /** Another boot: monotonic time begins anew. */
  reboot(): void;
  /** Moves the wall clock alone. */
  stepWall(ms: number): void;
}

export function simClock(): SimClock {
  let boot = 1;
  let monotonicMs = 0;
  let wallMs = 1_700_000_000_000;
  return {
    now(): Stamp {
      monotonicMs += 1;
      wallMs += 1;
      return { bootId: `boot-${boot}`, monotonicMs, wallMs };
    },
    advance(ms) {
      monotonicMs += ms;
      wallMs += ms;
    },
    reboot() {
      boot += 1;
      monotonicMs = 0;
    },
    stepWall(ms) {
      wallMs += ms;
    },
  };
}
