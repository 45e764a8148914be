/** Faults as steps of a script, for whatever has two processes and a disk: as data, in words, and done. */
import type fc from "fast-check";
import { z } from "zod";

import type { FaultyUnderTest, MortalProcess } from "./fault-adapter.js";

/** One of the two processes. */
export const processNumber = z.int().min(0).max(1);

/** Faults of a script. Those but the power cut are armed for the next call, and called off after it; other steps may stand between. */
export const faultCommands = [
  z.strictObject({ does: z.literal("calls fail"), what: z.enum(["write", "read", "sync"]), calls: z.int().min(1).max(10) }),
  z.strictObject({ does: z.literal("dies at call"), by: processNumber, call: z.int().min(1).max(100) }),
  z.strictObject({ does: z.literal("power cut"), pick: z.int().min(0) }),
] as const;
/** A parsed fault. */
export type FaultCommand = z.infer<(typeof faultCommands)[number]>;
/** A fault that waits for the next step. */
type Armed = Exclude<FaultCommand, { readonly does: "power cut" }>;

/** A fault in words; `by`: who dies. */
export function faultText(command: FaultCommand, by: string): string {
  switch (command.does) {
    case "calls fail":
      return `the next ${command.calls} calls of the disk that ${command.what} fail`;
    case "dies at call":
      return `${by} is killed at its call ${command.call} of the disk in what follows`;
    case "power cut":
      return `the power is cut, and what was never synced is lost (outcome ${command.pick})`;
  }
}

/** Outcomes of a power cut that scripts tell apart. */
const picksMax = 63;

/** Faults by chance. */
export function faultsByChance({ record, constant, constantFrom, integer, nat }: typeof fc): readonly fc.Arbitrary<FaultCommand>[] {
  return [
    record({ does: constant("calls fail" as const), what: constantFrom("write", "read", "sync"), calls: integer({ min: 1, max: 3 }) }),
    record({ does: constant("dies at call" as const), by: nat(1), call: integer({ min: 1, max: 40 }) }),
    record({ does: constant("power cut" as const), pick: nat(picksMax) }),
  ];
}

/** What came of a call while faults were armed. */
export interface Troubled<T> {
  /** Null: it was not answered. */
  readonly answer: T | null;
  /** What went wrong, in the words of who was called. */
  readonly error: string | null;
  /** Calls of the disk were to fail in it. */
  readonly fails: boolean;
  /** Who was killed in the middle of it. */
  readonly died: number | null;
}

/**
 * Failures that an earlier fault explains. Once one hit a call, which then failed or whose process died, each process may
 * hear once that an outcome is unknown. One that began since then has nothing to hear.
 */
export class FaultAftermath {
  #mayFail: ReadonlySet<number> = new Set();

  /** `processes`: the numbers of all there are. */
  constructor(private readonly processes: readonly number[]) {}

  /** Whether what went wrong in a call of these processes may have: a fault hit it, or an earlier one explains it. */
  explains({ error, fails, died }: Omit<Troubled<unknown>, "answer">, callers: readonly number[]): boolean {
    if (died !== null || (fails && error !== null)) {
      this.#mayFail = new Set(this.processes);
      return true;
    }
    if (error === null) return true;
    const caller = callers.find((by) => this.#mayFail.has(by));
    if (caller !== undefined) this.ended(caller);
    return caller !== undefined;
  }

  /** The process ended, or has failed now. */
  ended(by: number): void {
    this.#mayFail = new Set([...this.#mayFail].filter((one) => one !== by));
  }

  allEnded(): void {
    this.#mayFail = new Set();
  }
}

/** Faults that wait for the next call. */
export class ArmedFaults {
  #armed: readonly Armed[] = [];

  constructor(
    private readonly hurt: FaultyUnderTest,
    private readonly process: (by: number) => MortalProcess,
  ) {}

  /** Whether the adapter has it. */
  can(command: FaultCommand): boolean {
    switch (command.does) {
      case "calls fail":
        return this.hurt.failNext !== undefined;
      case "dies at call":
        return this.process(command.by).dieAt !== undefined;
      case "power cut":
        return this.hurt.powerCut !== undefined;
    }
  }

  arm(command: Armed): void {
    // One process dies at a time.
    const others = this.#armed.filter(({ does }) => does !== "dies at call" || command.does !== "dies at call");
    this.#armed = [...others, command];
  }

  forget(): void {
    this.#armed = [];
  }

  /** Makes the call with what is armed, and calls off what did not happen. */
  async during<T>(call: () => Promise<T>): Promise<Troubled<T>> {
    const deaths = this.#begin();
    let answer: T | null = null;
    let error: string | null = null;
    try {
      answer = await call();
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown);
    }
    const [died = null] = deaths.flatMap(({ by, dead }) => (dead() ? [by] : []));
    const fails = this.#armed.some(({ does }) => does === "calls fail");
    for (const what of ["write", "read", "sync"] as const) this.hurt.failNext?.(what, 0);
    this.#armed = [];
    return { answer, error, fails, died };
  }

  #begin(): readonly { readonly by: number; readonly dead: () => boolean }[] {
    return this.#armed.flatMap((one) => {
      if (one.does === "calls fail") {
        this.hurt.failNext?.(one.what, one.calls);
        return [];
      }
      const dead = this.process(one.by).dieAt?.(one.call);
      return dead === undefined ? [] : [{ by: one.by, dead }];
    });
  }
}
