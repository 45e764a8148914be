/** What a script does to a worker plane, as data: what is written in a script file is what is performed. */
import { z } from "zod";

import type { SimulatedPlane } from "./simulated-plane.js";

const worker = z.enum(["local", "remote"]);

/** One step of a script. `end` and `say` are about one of the attempts under way, counted round. */
export const planeOperation = z.discriminatedUnion("op", [
  z.strictObject({ op: z.enum(["spawn", "crash", "stop", "freeze", "thaw", "hold", "release"]), worker }),
  z.strictObject({
    op: z.literal("lease"),
    /** Empty: the master's own host. */
    target: z.enum(["", "local", "remote"]),
    effect: z.enum(["capture", "send", "stop"]),
    run: z.enum(["run-0", "run-1"]),
  }),
  z.strictObject({ op: z.literal("end"), which: z.int().min(0), ok: z.boolean() }),
  z.strictObject({ op: z.literal("say"), which: z.int().min(0), word: z.enum(["succeeded", "failed", "progress"]) }),
  z.strictObject({ op: z.literal("ticks"), count: z.int().min(1).max(10) }),
  z.strictObject({ op: z.literal("restart") }),
]);
/** A parsed step. */
export type PlaneOperation = z.infer<typeof planeOperation>;

/** A step in words. */
export function operationText(operation: PlaneOperation): string {
  switch (operation.op) {
    case "lease": {
      const { effect, run, target } = operation;
      return `somebody wants ${effect} of ${run} on ${target === "" ? "the master's own host" : target}`;
    }
    case "end":
      return `execution ${operation.which} ${operation.ok ? "succeeds" : "fails"}`;
    case "say":
      return `the worker of attempt ${operation.which} says ${operation.word}, of its own accord`;
    case "ticks":
      return `${operation.count} ticks pass`;
    case "restart":
      return "the master is started again";
    default:
      return `${operation.worker}: ${operation.op}`;
  }
}

/** How often each kind comes. */
const kinds = [
  ...["lease", "lease", "lease", "lease", "lease", "end", "end", "end", "say", "say", "ticks", "ticks", "ticks"],
  ...["ticks", "spawn", "spawn", "crash", "freeze", "thaw", "hold", "release", "stop", "restart"],
] as const;

/** A step from a number: the same number is the same step. */
export function operationOf(pick: number): PlaneOperation {
  const digit = <const T>(place: number, from: readonly [T, ...T[]]): T =>
    from[Math.floor(pick / place) % from.length] ?? from[0];
  const kind = kinds[pick % kinds.length] ?? "restart";
  switch (kind) {
    case "lease": {
      const target = digit(100, ["", "local", "remote"]);
      return { op: kind, target, effect: digit(300, ["capture", "send", "stop"]), run: digit(900, ["run-0", "run-1"]) };
    }
    case "end":
      return { op: kind, which: Math.floor(pick / 100) % 4, ok: digit(400, [true, false]) };
    case "say":
      return { op: kind, which: Math.floor(pick / 100) % 6, word: digit(600, ["succeeded", "failed", "progress"]) };
    case "ticks":
      return { op: kind, count: digit(100, [1, 2, 3]) };
    case "restart":
      return { op: kind };
    default:
      return { op: kind, worker: digit(100, ["local", "remote"]) };
  }
}

/** Performs the step. Throws what the plane's judge found. */
export async function performOn(plane: SimulatedPlane, step: PlaneOperation): Promise<void> {
  switch (step.op) {
    case "lease":
      return plane.lease(step);
    case "end": {
      const [execution] = plane.executions.splice(step.which % Math.max(plane.executions.length, 1), 1);
      execution?.end(step.ok ? { ok: true, result: "done" } : { ok: false, message: "no" });
      return plane.settle();
    }
    case "say":
      return plane.sayForAny(step.which, step.word);
    case "ticks":
      return plane.ticks(step.count);
    case "restart":
      return plane.restart();
    default:
      await plane[step.op](step.worker);
  }
}
