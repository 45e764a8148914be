/** A peer that writes bytes to a master's socket, and reads what comes back as lines. */
import { type Socket, connect } from "node:net";

export interface RawPeer {
  readonly socket: Socket;
  write(data: string | Buffer): void;
  frame(value: unknown): void;
  /** The next frame; rejects when the connection ends before. */
  next(): Promise<Record<string, unknown>>;
  /** Resolves with the frames that were not asked for, once the connection has ended. */
  ended(): Promise<readonly Record<string, unknown>[]>;
}

export const testToken = "a token of the tests";

export function helloFrame(changes: object = {}, peer: object = {}): object {
  const usual = { worker: "raw", incarnation: "i-1", bornAtMs: 1, role: "worker" };
  return { type: "hello", protocol: 1, token: testToken, peer: { ...usual, ...peer }, ...changes };
}

export function rawPeer(path: string): RawPeer {
  const socket = connect({ path });
  const frames: Record<string, unknown>[] = [];
  const waiting: { resolve: (frame: Record<string, unknown>) => void; reject: (error: Error) => void }[] = [];
  let rest = "";
  let over = false;
  let tellEnd: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    tellEnd = resolve;
  });
  socket.on("data", (chunk) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const frame = JSON.parse(line) as Record<string, unknown>;
      const first = waiting.shift();
      if (first === undefined) frames.push(frame);
      else first.resolve(frame);
    }
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    over = true;
    for (const { reject } of waiting.splice(0)) reject(new Error("the connection ended"));
    tellEnd();
  });
  return {
    socket,
    write: (data) => socket.write(data),
    frame: (value) => socket.write(`${JSON.stringify(value)}\n`),
    next: () =>
      new Promise((resolve, reject) => {
        const frame = frames.shift();
        if (frame !== undefined) resolve(frame);
        else if (over) reject(new Error("the connection ended"));
        else waiting.push({ resolve, reject });
      }),
    ended: async () => {
      await end;
      return frames;
    },
  };
}
