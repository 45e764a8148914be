/**
 * The transport inside one process: for the worker on the master's own host, and for tests.
 *
 * Messages are copied as JSON, so that neither side holds an object of the other. There is no token: who can
 * call a function here is the process itself. Beats run on the clock, since a blocked loop blocks both sides.
 */
import { createBeats } from "./beats.js";
import { type PlaneClock, hostPlaneClock } from "./clock.js";
import { type Problem, problemOf } from "./errors.js";
import { defaultBackoff } from "./policy.js";
import type { Host, Link, LinkEvents, MasterTransport, WorkerTransport } from "./transport.js";

/** Time and delivery of an in-process transport; tests take both into their hands. */
export interface InProcessOptions {
  readonly clock?: PlaneClock;
  /** Takes every delivery and runs it later, in order. Default: as a microtask. */
  readonly deliver?: (run: () => void) => void;
}

/** Both ends of a transport within one process. */
export interface InProcessTransport {
  readonly master: MasterTransport;
  readonly worker: WorkerTransport;
}

/** A pair of ends. Workers find the master that listens last; while none does, they try again. */
export function inProcessTransport(options: InProcessOptions = {}): InProcessTransport {
  const { clock = hostPlaneClock(), deliver = queueMicrotask } = options;
  let host: Host | null = null;
  const open = new Set<() => void>();

  const connect: WorkerTransport["connect"] = (peer, events) => {
    if (host === null) {
      const problem = problemOf(
        "worker-plane/connection-lost",
        "connecting to a master of this process: none listens",
      );
      deliver(() => events.closed(problem));
      return { send: () => undefined, close: () => undefined };
    }
    const pipe = createPipe(deliver, () => open.delete(pipe.cut));
    open.add(pipe.cut);
    pipe.join(host.accept(peer, pipe.master), events);
    deliver(() => events.opened());
    return pipe.worker;
  };

  return {
    master: {
      listen: (accepting) => {
        host = accepting;
        return Promise.resolve({
          address: "in-process",
          close: () => {
            if (host === accepting) host = null;
            for (const cut of [...open]) cut();
            return Promise.resolve();
          },
        });
      },
    },
    worker: {
      connect,
      beats: (peer, heard) =>
        createBeats({ connect, peer, clock, heard, backoff: defaultBackoff, random: () => 0 }),
    },
  };
}

/** Two ends; what is sent before both are joined waits for its turn in `deliver`. */
function createPipe(deliver: (run: () => void) => void, ended: () => void) {
  let ending = false;
  let closed = false;
  let toMaster: LinkEvents | null = null;
  let toWorker: LinkEvents | null = null;
  const finish = (closing: LinkEvents | null, other: LinkEvents | null, problem: Problem | null): void => {
    if (closed) return;
    closed = true;
    ended();
    other?.closed(problem);
    closing?.closed(null);
  };
  const end = (own: () => LinkEvents | null, other: () => LinkEvents | null): Link<unknown> => ({
    send: (message) => {
      if (ending) return;
      const text = JSON.stringify(message);
      deliver(() => {
        if (!closed) other()?.message(JSON.parse(text));
      });
    },
    close: (problem) => {
      ending = true;
      // What was sent before arrives before the end does.
      deliver(() => finish(own(), other(), problem ?? null));
    },
  });
  return {
    master: end(
      () => toMaster,
      () => toWorker,
    ),
    worker: end(
      () => toWorker,
      () => toMaster,
    ),
    join: (master: LinkEvents, worker: LinkEvents) => {
      toMaster = master;
      toWorker = worker;
    },
    /** Both ends at once; what is on its way is lost. */
    cut: () => {
      ending = true;
      finish(toMaster, toWorker, null);
    },
  };
}
