/**
 * The transport port: ordered, authenticated pipes of messages between a master and its workers.
 *
 * A transport delivers a message once and in order, or closes. It knows who is at the other end; it does not
 * know what the messages mean.
 */
import type { Problem } from "./errors.js";
import type { FromMaster, FromWorker, Peer } from "./messages.js";

/** One end of a connection. What is sent on a closed one is lost. */
export interface Link<Out> {
  /** Sends a message, or drops it when the link is closed. */
  send(message: Out): void;
  /** Ends it; the other end is told the problem, if there is one. */
  close(problem?: Problem): void;
}

/** The master's end of a connection. */
export type MasterLink = Link<FromMaster>;
/** The worker's end of a connection. */
export type WorkerLink = Link<FromWorker>;

/** What one end of a connection hears. */
export interface LinkEvents {
  /** Parsed JSON, nothing more: who gets it checks it. */
  message(message: unknown): void;
  /** Called once. `null` when the other end just went away. */
  closed(problem: Problem | null): void;
}

/** Where workers come in. */
export interface Server {
  /** As printed: `unix:/run/…` or `127.0.0.1:4711`. */
  readonly address: string;
  /** Stops listening and ends the connections. */
  close(): Promise<void>;
}

/** What the master is told of connections. */
export interface Host {
  /** A peer has connected; what comes of it goes to the events returned. */
  accept(peer: Peer, link: MasterLink): LinkEvents;
  /** A connection that was refused before it had a peer. */
  refused(problem: Problem): void;
}

/** How a master lets workers in. */
export interface MasterTransport {
  /** Rejects with a WorkerPlaneError when it cannot listen. */
  listen(host: Host): Promise<Server>;
}

/** Says that a process lives, and which attempts it has in hand, without asking its event loop. */
export interface Beats {
  /** Starts beating, or changes the pace. Milliseconds between two. */
  pace(beatMs: number, progressMs: number): void;
  /** From now on, progress of this attempt is told. */
  hold(lease: string, attempt: number): void;
  /** No more progress of this lease is told. */
  release(lease: string): void;
  /** Ends all beats. */
  stop(): void;
}

/** How a worker reaches its master. */
export interface WorkerTransport {
  /** Begins to connect; a failure is a `closed`. `opened` comes before the first message. */
  connect(peer: Peer, events: LinkEvents & { opened(): void }): WorkerLink;
  /** `heard` gets what the master answers to beats and progress. */
  beats(peer: Peer, heard: (message: unknown) => void): Beats;
}
