/** Sinks that come with the package: a surface names one with `extends`. */
import type { SinkDocument } from "./config-schema.js";

export interface Preset {
  readonly law: string;
  readonly message: string;
  /** What `of` lists, or null when the preset takes no list. */
  readonly of: string | null;
  sinks(of: readonly string[]): readonly SinkDocument[];
}

/** Globals that read a clock, a random source, the environment or the network, or print. */
const impureGlobals = [
  "Date.now",
  "Math.random",
  "performance",
  "process",
  "console",
  "crypto",
  "fetch",
  "WebSocket",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "navigator",
  "localStorage",
  "sessionStorage",
  "document",
];

/** Sinks with a name, by that name. */
export const presets: Readonly<Record<string, Preset>> = {
  "leasehold:purity": {
    law: "WS6",
    message: "This folder is pure: take clock, random values, files and environment as arguments.",
    of: null,
    sinks: () => [
      ...impureGlobals.map((name) => ({ call: `global#${name}` })),
      // `new Date(milliseconds)` is a conversion; without arguments it reads the clock.
      { call: "global#Date", where: { arguments: 0 } },
      { import: "node:*" },
    ],
  },
  "leasehold:lease-registry": {
    law: "WS5",
    message:
      "A registry of leases or workers changes only in its listed writers; send them a command.",
    of: "the fields that hold the registry, for example src/master.ts#Master.leases",
    sinks: (of) => of.map((target) => ({ assign: target })),
  },
  "leasehold:no-discard": {
    law: "WS4",
    message: "The outcome of this call is dropped: await it and handle its error.",
    of: "the functions whose outcome counts, for example src/store.ts#Store.append",
    sinks: (of) => of.map((target) => ({ discard: target })),
  },
};
