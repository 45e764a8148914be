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
  send(message: Out): void;
  /** Ends it; the other end is told the problem, if there is one. */
  close(problem?: Problem): void;
}

export type MasterLink = Link<FromMaster>;
export type WorkerLink = Link<FromWorker>;

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
  close(): Promise<void>;
}

/** What the master is told of connections. */
export interface Host {
  accept(peer: Peer, link: MasterLink): LinkEvents;
  /** A connection that was refused before it had a peer. */
  refused(problem: Problem): void;
}

export interface MasterTransport {
  /** Rejects with a WorkerPlaneError when it cannot listen. */
  listen(host: Host): Promise<Server>;
}

/** Says that a process lives, and which attempts it has in hand, without asking its event loop. */
export interface Beats {
  /** Starts beating, or changes the pace. Milliseconds between two. */
  pace(beatMs: number, progressMs: number): void;
  hold(lease: string, attempt: number): void;
  release(lease: string): void;
  stop(): void;
}

export interface WorkerTransport {
  /** Begins to connect; a failure is a `closed`. `opened` comes before the first message. */
  connect(peer: Peer, events: LinkEvents & { opened(): void }): WorkerLink;
  /** `heard` gets what the master answers to beats and progress. */
  beats(peer: Peer, heard: (message: unknown) => void): Beats;
}
