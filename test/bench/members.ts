/**
 * Several processes at once, in rounds that take turns with raw appends of one process: a machine that others work on
 * is never the same for long, and a ratio says little unless both halves of it are of the same second.
 *
 * A member sends one message when it is ready, answers each "go" with what it did in one round, and leaves on "end".
 */
import type { ChildProcess } from "node:child_process";

export const roundMs = 500;
const roundCount = 12;

/** What one process did in one round. */
export interface Round {
  readonly calls: number;
  /** Milliseconds of the longest turn. */
  readonly longest: number;
  /** Microseconds of its processors. */
  readonly cpu: number;
}

export interface Rounds {
  /** Calls a second of all together, p50 of the rounds. */
  readonly rate: number;
  /** To the raw appends a second right before and after, p50 of the rounds. */
  readonly ratio: number;
  /** Calls of the slowest process to the mean. */
  readonly fairness: number;
  readonly longestMs: number;
  /** Microseconds of processor a call. */
  readonly cpu: number;
}

/** The upper one of two in the middle. */
export function p50(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}

function total(rounds: readonly Round[], of: keyof Round): number {
  return rounds.reduce((sum, round) => sum + round[of], 0);
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void => reject(new Error(`a member ended with ${code ?? "a signal"}`));
    child.once("exit", died);
    child.once("message", (found) => {
      child.off("exit", died);
      resolve(found);
    });
  });
}

/** Ends the children. `rawRate`: appends a second, now. */
export async function inRounds(children: readonly ChildProcess[], rawRate: () => Promise<number>): Promise<Rounds> {
  await Promise.all(children.map(message));
  const found: Round[][] = [];
  const ratios: number[] = [];
  let before = await rawRate();
  for (let round = 0; round < roundCount; round += 1) {
    const answers = children.map(message);
    for (const child of children) child.send("go");
    const members = (await Promise.all(answers)) as Round[];
    const after = await rawRate();
    found.push(members);
    ratios.push((total(members, "calls") * 1000) / roundMs / ((before + after) / 2));
    before = after;
  }
  const ended = children.map((child) => new Promise((resolve) => child.once("exit", resolve)));
  for (const child of children) child.send("end");
  await Promise.all(ended);
  const all = found.flat();
  const each = children.map((_, place) => total(found.flatMap((members) => members.slice(place, place + 1)), "calls"));
  return {
    rate: p50(found.map((members) => (total(members, "calls") * 1000) / roundMs)),
    ratio: p50(ratios),
    fairness: (Math.min(...each) * children.length) / total(all, "calls"),
    longestMs: Math.max(...all.map(({ longest }) => longest)),
    cpu: total(all, "cpu") / total(all, "calls"),
  };
}
