/**
 * The master's end of the socket transport: newline-delimited JSON over a Unix socket or a port of this host.
 *
 * The first frame shows the shared token; it is compared in constant time, and until then a connection is
 * nobody, has little memory and little time. The token is in no message and no log.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { chmod, lstat, unlink } from "node:fs/promises";
import { type Server as NetServer, type Socket, connect, createServer } from "node:net";

import { type Problem, type ProblemCode, WorkerPlaneError, problemOf } from "./errors.js";
import { frameBytesMax, helloBytesMax } from "./framing.js";
import { type Peer, hello, parseMessage, protocolVersion } from "./messages.js";
import { type SocketAddress, connectOptions, showAddress } from "./socket-address.js";
import { socketPipe } from "./socket-pipe.js";
import type { Host, LinkEvents, MasterTransport, Server } from "./transport.js";

/** Connections that have not shown a token yet; one more is closed. */
export const strangersMax = 64;

/** Where a master listens, and who may connect. */
export interface SocketServerOptions {
  readonly address: SocketAddress;
  /** Shared by master and workers; at least 16 characters. */
  readonly token: string;
  /** Longest frame in bytes. */
  readonly frameBytesMax?: number;
  /** How long a connection has to show the token, in milliseconds. */
  readonly authenticateMs?: number;
}

/**
 * A transport over a local socket. Throws a WorkerPlaneError `worker-plane/bad-request` for a token that is
 * too short.
 */
export function socketServer(options: SocketServerOptions): MasterTransport {
  checkToken(options.token);
  return { listen: (host) => listen(options, host) };
}

/** Throws when a token could be guessed. */
export function checkToken(token: string): void {
  if (token.length >= 16 && token.length <= 1_000) return;
  const found = `${token.length} characters, allowed are 16 to 1,000`;
  throw new WorkerPlaneError({ code: "worker-plane/bad-request", field: "token", found });
}

async function listen(options: SocketServerOptions, host: Host): Promise<Server> {
  const { address } = options;
  const where = connectOptions(address);
  const sockets = new Set<Socket>();
  const strangers = new Set<Socket>();
  const server = createServer((socket) => {
    if (strangers.size >= strangersMax) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    strangers.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      strangers.delete(socket);
    });
    greet(socket, options, host, () => strangers.delete(socket));
  });
  try {
    if ("path" in where) await removeStale(where.path);
    await listening(server, where);
    if ("path" in where) await chmod(where.path, 0o600);
  } catch (error) {
    server.close();
    const found = error instanceof Error ? error.message : String(error);
    throw new WorkerPlaneError({ code: "worker-plane/cannot-listen", address: showAddress(address), found });
  }
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : null;
  return {
    address: "path" in address || port === null ? showAddress(address) : showAddress({ ...address, port }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A new connection: nobody until its first frame shows the token. */
function greet(socket: Socket, options: SocketServerOptions, host: Host, known: () => void): void {
  let events: LinkEvents | null = null;
  const pipe = socketPipe(socket, helloBytesMax, {
    frame: (value) => {
      if (events === null) introduce(value);
      else events.message(value);
    },
    closed: (problem) => {
      clearTimeout(overdue);
      if (events !== null) events.closed(problem);
      else if (problem !== null) host.refused(problem);
    },
  });
  const refuse = (problem: Problem): void => {
    clearTimeout(overdue);
    pipe.close(problem);
    host.refused(problem);
  };
  const overdue = setTimeout(() => {
    refuse(strange("worker-plane/authentication-overdue", "no token came in time"));
  }, options.authenticateMs ?? 5_000);
  const introduce = (value: unknown): void => {
    const found = peerOf(value, options.token);
    if ("problem" in found) {
      refuse(found.problem);
      return;
    }
    clearTimeout(overdue);
    known();
    pipe.reader.allow(options.frameBytesMax ?? frameBytesMax);
    pipe.send({ type: "welcome" });
    const close = (problem?: Problem): void => {
      pipe.close(problem);
      events?.closed(null);
    };
    events = host.accept(found.peer, { send: pipe.send, close });
  };
}

/** Who a first frame is from, if it shows the token. */
function peerOf(value: unknown, token: string): { readonly peer: Peer } | { readonly problem: Problem } {
  const parsed = parseMessage(hello, value);
  if (!("message" in parsed) || !sameSecret(parsed.message.token, token)) {
    return { problem: strange("worker-plane/unauthenticated", "its first frame does not show the token") };
  }
  const { peer, protocol } = parsed.message;
  if (protocol === protocolVersion) return { peer };
  const found = `it speaks version ${protocol}, this master ${protocolVersion}`;
  return { problem: strange("worker-plane/protocol-version", found) };
}

function strange(code: ProblemCode, found: string): Problem {
  return problemOf(code, `a connection was opened: ${found}`);
}

/** Takes as long for every wrong token: digests are compared, whole. */
function sameSecret(shown: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
  return timingSafeEqual(digest(shown), digest(token));
}

/** A socket file that nobody listens on is left over from a master that was killed. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSocket() !== true) return;
  const refused = await new Promise<boolean>((resolve) => {
    const probe = connect({ path });
    probe.on("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
  if (refused) await unlink(path);
}

function listening(server: NetServer, where: ReturnType<typeof connectOptions>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve();
    });
  });
}
