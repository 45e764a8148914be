/** The worker's end of the socket transport. Its beats come from a thread of their own. */
import { connect as open } from "node:net";

import type { z } from "zod";

import { type Problem, problemOf } from "./errors.js";
import { frameBytesMax } from "./framing.js";
import { greeting, parseMessage, protocolVersion } from "./messages.js";
import { type SocketAddress, connectOptions, showAddress } from "./socket-address.js";
import { socketPipe } from "./socket-pipe.js";
import { checkToken } from "./socket-server.js";
import { threadBeats } from "./thread-beats.js";
import type { WorkerTransport } from "./transport.js";

/** Where the master listens, and the token it shares with its workers. */
export interface SocketClientOptions {
  readonly address: SocketAddress;
  readonly token: string;
  /** Longest frame in bytes; the master's limit has to be the same. */
  readonly frameBytesMax?: number;
}

/** A transport over a local socket; beats go from a thread of their own. */
export function socketClient(options: SocketClientOptions): WorkerTransport {
  return { connect: socketConnect(options), beats: (peer, heard) => threadBeats(options, peer, heard) };
}

/** Only the connection: what the thread of the beats needs as well. */
export function socketConnect(options: SocketClientOptions): WorkerTransport["connect"] {
  const { address, token } = options;
  checkToken(token);
  const where = connectOptions(address);
  return (peer, events) => {
    const socket = open(where);
    let welcome = false;
    const pipe = socketPipe(socket, options.frameBytesMax ?? frameBytesMax, {
      frame: (value) => {
        if (welcome && !isError(value)) {
          events.message(value);
          return;
        }
        const greeted = parseMessage(greeting, value);
        if ("message" in greeted && greeted.message.type === "welcome") {
          welcome = true;
          events.opened();
          return;
        }
        pipe.close();
        events.closed(problemIn(greeted));
      },
      closed: (problem) => {
        const found = `the connection to ${showAddress(address)} ended`;
        events.closed(problem ?? problemOf("worker-plane/connection-lost", found));
      },
    });
    socket.on("connect", () => pipe.send({ type: "hello", protocol: protocolVersion, token, peer }));
    return { send: pipe.send, close: (problem) => pipe.close(problem) };
  };
}

function isError(value: unknown): boolean {
  return typeof value === "object" && value !== null && "type" in value && value.type === "error";
}

function problemIn(greeted: { message: z.infer<typeof greeting> } | { problem: Problem }): Problem {
  if ("problem" in greeted) return greeted.problem;
  if (greeted.message.type === "error") return greeted.message.problem;
  return problemOf("worker-plane/invalid-message", "the master greeted twice");
}
