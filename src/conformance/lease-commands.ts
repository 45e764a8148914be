/** What a script does to a lane-lease store whose disk fails, as data: what is written in a script file is what is performed. */
import type fc from "fast-check";
import { z } from "zod";

import { faultCommands, faultText, faultsByChance, processNumber as by } from "./fault-commands.js";

/** The scene of these scripts. */
export const leaseFaultScene = "lease-store";
/** The processes that hold leases. */
export const leaseHolders = ["principal-0", "principal-1"] as const;
/** TTL of every lease of a script. */
export const faultTtlMs = 10_000;

const lane = z.enum(["a", "b"]);

/** A call of one process. `heartbeat` and `release` show what this process was last granted on that lane. */
const calls = [
  z.strictObject({ does: z.literal("acquire"), by, lane, attachment: z.enum(["process", "detached"]) }),
  z.strictObject({ does: z.literal("heartbeat"), by, lane }),
  z.strictObject({ does: z.literal("release"), by, lane }),
  z.strictObject({ does: z.literal("adopt"), by, lane, forced: z.boolean() }),
] as const;

/** One step of a script. */
export const leaseCommand = z.discriminatedUnion("does", [
  ...calls,
  z.strictObject({ does: z.literal("again") }),
  z.strictObject({ does: z.literal("sweep") }),
  z.strictObject({ does: z.literal("compact") }),
  z.strictObject({ does: z.literal("advance"), ms: z.int().min(0) }),
  z.strictObject({ does: z.literal("crash"), by }),
  ...faultCommands,
]);
/** A parsed step. */
export type LeaseCommand = z.infer<typeof leaseCommand>;
/** A step that is a call of a process. */
export type LeaseCall = z.infer<(typeof calls)[number]>;

const nameOf = (one: number): string => leaseHolders[one] ?? "nobody";

/** A step in words. */
export function leaseCommandText(command: LeaseCommand): string {
  const who = "by" in command ? nameOf(command.by) : "";
  switch (command.does) {
    case "acquire":
      return `${who} asks for lane ${command.lane}, ${command.attachment === "process" ? "attached to its process" : "detached"}`;
    case "heartbeat":
      return `${who} beats its lease on lane ${command.lane}`;
    case "release":
      return `${who} releases its lease on lane ${command.lane}`;
    case "adopt":
      return `${who} adopts the lease on lane ${command.lane}${command.forced ? ", by force" : ""}`;
    case "again":
      return "the last call is made again";
    case "sweep":
      return "ends that nobody recorded are recorded";
    case "compact":
      return "what is stored is compacted";
    case "advance":
      return `${command.ms} ms pass`;
    case "crash":
      return `${who} is killed and started again`;
    default:
      return faultText(command, who);
  }
}

/** Steps by chance: calls come most often. */
export function leaseCommandsByChance(fastCheck: typeof fc): readonly fc.Arbitrary<LeaseCommand>[] {
  const { record, constant, constantFrom, nat, boolean } = fastCheck;
  const which = { by: nat(1), lane: constantFrom("a", "a", "b") } as const;
  const acquire = record({ does: constant("acquire" as const), ...which, attachment: constantFrom("process", "detached") });
  return [
    acquire,
    acquire,
    record({ does: constant("heartbeat" as const), ...which }),
    record({ does: constant("release" as const), ...which }),
    record({ does: constant("adopt" as const), ...which, forced: boolean() }),
    constant({ does: "again" as const }),
    record({ does: constantFrom("sweep", "compact") }),
    record({ does: constant("advance" as const), ms: constantFrom(1_000, 6_000, 11_000) }),
    record({ does: constant("crash" as const), by: nat(1) }),
    ...faultsByChance(fastCheck),
  ];
}
