/** A connection that is made again with growing waits. It gives up on problems that would meet it again. */
import type { PlaneClock } from "./clock.js";
import { type Problem, isFinal } from "./errors.js";
import type { FromWorker, Peer } from "./messages.js";
import { type Backoff, backoffMs } from "./policy.js";
import type { WorkerLink, WorkerTransport } from "./transport.js";

export interface KeptConnection {
  /** Lost when there is no connection just now. */
  send(message: FromWorker): void;
  /** What came was good: the next wait is a short one again. */
  settled(): void;
  readonly connected: boolean;
  stop(): void;
}

export interface KeepOptions {
  readonly connect: WorkerTransport["connect"];
  readonly peer: Peer;
  readonly clock: PlaneClock;
  readonly random: () => number;
  readonly backoff: Backoff;
  opened(): void;
  message(message: unknown): void;
  /** The connection ended; with `final` it is not tried again. */
  closed(problem: Problem | null, final: boolean): void;
}

export function keepConnected(options: KeepOptions): KeptConnection {
  const { clock, random, backoff, peer } = options;
  let link: WorkerLink | null = null;
  let connected = false;
  let stopped = false;
  let failures = 0;
  let cancelRetry = (): void => undefined;

  const connect = (): void => {
    link = options.connect(peer, {
      opened: () => {
        if (stopped) return;
        connected = true;
        options.opened();
      },
      message: (message) => {
        if (!stopped) options.message(message);
      },
      closed: (problem) => {
        link = null;
        connected = false;
        if (stopped) return;
        failures += 1;
        stopped = problem !== null && isFinal(problem);
        if (!stopped) cancelRetry = clock.after(backoffMs(backoff, failures, random()), connect);
        options.closed(problem, stopped);
      },
    });
  };
  connect();

  return {
    send: (message) => {
      if (connected) link?.send(message);
    },
    settled: () => {
      failures = 0;
    },
    get connected() {
      return connected;
    },
    stop: () => {
      stopped = true;
      connected = false;
      cancelRetry();
      link?.close();
      link = null;
    },
  };
}
