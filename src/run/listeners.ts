/**
 * Listeners of this process: each committed change is told to each of them once, after the append (L8).
 *
 * Each has a queue of its own, in the order of the log. One that throws, or takes longer than its deadline,
 * harms nobody: it is reported, and hears of the next change.
 */
import type { StatusChange } from "./store.js";

/** Hears of each change once; the signal aborts when the call has taken too long. */
export type Listener = (change: StatusChange, signal: AbortSignal) => void | Promise<void>;

/** A listener that did not take a change, and why. The log is not touched by it. */
export interface ListenerFailure {
  readonly listener: string;
  readonly change: StatusChange;
  readonly kind: "threw" | "took-too-long" | "overrun";
  readonly error: unknown;
}

/** Milliseconds; how long one call may take before the next change is told. */
export const listenerDeadlineMs = 30_000;
/** Changes that wait for one listener. Past it the newest is reported as `overrun` and not told. */
export const listenerQueueMax = 10_000;

/** A timer that can be replaced in tests. */
export interface Timer {
  /** Calls back after so many milliseconds; the result cancels. */
  after(ms: number, call: () => void): () => void;
}

interface Seat {
  readonly name: string;
  readonly call: Listener;
  readonly queue: StatusChange[];
  busy: boolean;
}

export class Listeners {
  readonly #seats = new Set<Seat>();
  readonly #report: (failure: ListenerFailure) => void;
  readonly #timer: Timer;
  #idle: (() => void)[] = [];

  constructor(timer: Timer, report: (failure: ListenerFailure) => void) {
    this.#timer = timer;
    this.#report = report;
  }

  /** The result unsubscribes: what waits is dropped. */
  add(name: string, call: Listener): () => void {
    const seat: Seat = { name, call, queue: [], busy: false };
    this.#seats.add(seat);
    return () => {
      this.#seats.delete(seat);
      seat.queue.length = 0;
    };
  }

  tell(change: StatusChange): void {
    for (const seat of this.#seats) {
      if (seat.queue.length >= listenerQueueMax) {
        this.#failed(seat, change, "overrun", null);
        continue;
      }
      seat.queue.push(change);
      if (!seat.busy) void this.#serve(seat);
    }
  }

  /** Resolves when every queue is empty. */
  async settled(): Promise<void> {
    while ([...this.#seats].some(({ busy }) => busy)) {
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve);
      });
    }
  }

  async #serve(seat: Seat): Promise<void> {
    seat.busy = true;
    for (let change = seat.queue.shift(); change !== undefined; change = seat.queue.shift()) {
      await this.#call(seat, change);
    }
    seat.busy = false;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  async #call(seat: Seat, change: StatusChange): Promise<void> {
    const late = new AbortController();
    const called = Promise.resolve()
      .then(() => seat.call(change, late.signal))
      .then(
        () => null,
        (error: unknown) => ({ kind: "threw" as const, error }),
      );
    let cancel: () => void = () => undefined;
    const deadline = new Promise<{ kind: "took-too-long"; error: null }>((resolve) => {
      cancel = this.#timer.after(listenerDeadlineMs, () => {
        resolve({ kind: "took-too-long", error: null });
      });
    });
    const failure = await Promise.race([called, deadline]);
    cancel();
    if (failure === null) return;
    late.abort();
    this.#failed(seat, change, failure.kind, failure.error);
  }

  #failed(seat: Seat, change: StatusChange, kind: ListenerFailure["kind"], error: unknown): void {
    this.#report({ listener: seat.name, change, kind, error });
  }
}
