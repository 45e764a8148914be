/**
 * What a worker has in hand: effects that execute, and results whose arrival the master has not confirmed.
 *
 * Kept by lease, not by attempt: the attempt is the number the next word is given, and only rises.
 */
import { type LeaseEffect, accessOf } from "../../spec/vocabulary/worker.js";
import { type Json, jsonText } from "./json.js";
import { type Acknowledgement, type EffectError, type FromMaster, assignmentsMax } from "./messages.js";

/** All that a worker knows of an effect. There is no way from here to anybody's store (LL5). */
export interface Assignment {
  readonly lease: string;
  /** The attempt it was handed out under. A later one takes over what executes. */
  readonly attempt: number;
  readonly effect: LeaseEffect;
  readonly run: string;
  readonly snapshot: Json;
}

/**
 * Does an effect and gives its result. What it throws is the failure its caller sees: `message`, and `code` if
 * it has one. The signal is aborted when nobody wants the effect any more.
 */
export type Execute = (assignment: Assignment, signal: AbortSignal) => Promise<Json> | Json;

export interface ExecutionEvents {
  started(lease: string, attempt: number): void;
  settled(lease: string): void;
  say(message: Acknowledgement): void;
}

/** Longest result as JSON, in bytes. */
export const resultBytesMax = 960 * 1_024;

type Verdict = { readonly result: Json } | { readonly error: EffectError };

interface InHand {
  attempt: number;
  readonly controller: AbortController;
  verdict: Verdict | null;
  /** The master wants no word of it. */
  fenced: boolean;
  /** Resolves when the effect has ended. */
  over: Promise<void>;
}

export class Executions {
  private readonly inHand = new Map<string, InHand>();
  /** The end of the last mutation of each run. */
  private readonly mutations = new Map<string, Promise<void>>();

  constructor(
    private readonly execute: Execute,
    private readonly events: ExecutionEvents,
  ) {}

  get executing(): number {
    return [...this.inHand.values()].filter(({ verdict }) => verdict === null).length;
  }

  get unconfirmed(): number {
    return this.inHand.size - this.executing;
  }

  holds(): { lease: string; attempt: number }[] {
    return [...this.inHand]
      .filter(([, { fenced }]) => !fenced)
      .map(([lease, { attempt }]) => ({ lease, attempt }));
  }

  /** An assignment, for the first time or again. */
  take(message: Extract<FromMaster, { type: "assign" }>): void {
    const { type: _type, ...assignment } = message;
    const { lease, attempt, run, effect } = assignment;
    const known = this.inHand.get(lease);
    if (known !== undefined) {
      known.attempt = Math.max(known.attempt, attempt);
      if (known.verdict === null) this.events.started(lease, known.attempt);
      else this.say(lease, known);
      return;
    }
    if (this.inHand.size >= assignmentsMax) {
      const error = {
        code: "worker-busy",
        message: `the worker has ${this.inHand.size} assignments in hand`,
      };
      this.events.say({ type: "failed", lease, attempt, error });
      return;
    }
    const held: InHand = {
      attempt,
      controller: new AbortController(),
      verdict: null,
      fenced: false,
      over: Promise.resolve(),
    };
    this.inHand.set(lease, held);
    this.events.started(lease, attempt);
    const earlier = accessOf(effect) === "mutate" ? this.mutations.get(run) : undefined;
    held.over = this.run(assignment, held, earlier ?? Promise.resolve());
    if (accessOf(effect) === "mutate") this.follow(run, held.over);
  }

  /** The master has the word: nothing is left to remember. */
  confirmed(lease: string): void {
    if (this.inHand.get(lease)?.verdict !== null) this.inHand.delete(lease);
  }

  cancel(lease: string): void {
    this.inHand.get(lease)?.controller.abort(new Error("the caller cancelled the effect"));
  }

  /** The lease is not ours any more: what executes is aborted, and no word of it is sent. */
  fence(lease: string, because: string): void {
    const held = this.inHand.get(lease);
    if (held === undefined) return;
    held.fenced = true;
    if (held.verdict !== null) this.inHand.delete(lease);
    else held.controller.abort(new Error(because));
  }

  /** Words that may have been lost with a connection. */
  sayAgain(): void {
    for (const [lease, held] of this.inHand) if (held.verdict !== null) this.say(lease, held);
  }

  /** Resolves when everything has ended. */
  async abortAll(because: string): Promise<void> {
    const all = [...this.inHand.values()];
    for (const { controller, verdict } of all) if (verdict === null) controller.abort(new Error(because));
    await Promise.all(all.map(({ over }) => over));
  }

  private async run(assignment: Assignment, held: InHand, earlier: Promise<void>): Promise<void> {
    const { lease } = assignment;
    await earlier;
    const { signal } = held.controller;
    try {
      signal.throwIfAborted();
      held.verdict = verdictOf(await this.execute(assignment, signal));
    } catch (error) {
      held.verdict = { error: errorOf(error) };
    }
    this.events.settled(lease);
    if (held.fenced) this.inHand.delete(lease);
    else this.say(lease, held);
  }

  private say(lease: string, { attempt, verdict }: InHand): void {
    if (verdict === null) return;
    if ("error" in verdict) this.events.say({ type: "failed", lease, attempt, error: verdict.error });
    else this.events.say({ type: "succeeded", lease, attempt, result: verdict.result });
  }

  private follow(run: string, over: Promise<void>): void {
    this.mutations.set(run, over);
    void over.then(() => {
      if (this.mutations.get(run) === over) this.mutations.delete(run);
    });
  }
}

/** A result that can travel, or why it cannot. */
function verdictOf(result: unknown): Verdict {
  const written = jsonText(result);
  if ("problem" in written)
    return { error: { code: "result-not-json", message: `the effect ended: ${written.problem}` } };
  const bytes = Buffer.byteLength(written.text);
  if (bytes > resultBytesMax) {
    const message = `the result of the effect has ${bytes} bytes, the limit is ${resultBytesMax}`;
    return { error: { code: "result-too-large", message } };
  }
  return { result: JSON.parse(written.text) as Json };
}

function errorOf(error: unknown): EffectError {
  const message = error instanceof Error ? error.message : String(error);
  const code: unknown =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const known = typeof code === "string" && code.length > 0 ? code.slice(0, 100) : "effect-failed";
  return { code: known, message: message.slice(0, 4_000) };
}
