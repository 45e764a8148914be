/** Where a master listens: a Unix socket, or a port of this host. */
import { WorkerPlaneError } from "./errors.js";

/** A socket file, or a port of the loopback interface. */
export type SocketAddress =
  | { readonly path: string }
  /** `host` is 127.0.0.1 unless given; port 0 takes a free one. */
  | { readonly port: number; readonly host?: string };

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

/** The options of `net`. Refuses a host that others can reach. */
export function connectOptions(address: SocketAddress): { path: string } | { host: string; port: number } {
  if ("path" in address) return { path: address.path };
  const host = address.host ?? "127.0.0.1";
  if (!loopback.has(host)) throw new WorkerPlaneError({ code: "worker-plane/not-local", host });
  return { host, port: address.port };
}

/** An address as it is printed. */
export function showAddress(address: SocketAddress): string {
  return "path" in address ? `unix:${address.path}` : `${address.host ?? "127.0.0.1"}:${address.port}`;
}
