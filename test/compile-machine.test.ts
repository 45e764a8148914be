/**
 * The compiled step against XState's own `transition()`, on random nested charts, and every refusal.
 *
 * Random: depth up to 3, entry, exit and initial actions, combined guards, assigns, effects, emits,
 * reentering, and targets above, below, beside and equal to the source, the root included.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AnyMachineSnapshot, type AnyStateMachine, setup, transition } from "xstate";
import { and, assign, emit, enqueueActions, not, or, raise, sendTo, stateIn } from "xstate";

import { CompileError, type NamedEffect, compileMachine } from "../spec/kernel/index.js";

interface Context {
  readonly x: number;
  readonly y: number;
}
type Event = { readonly type: "a"; readonly n: number } | { readonly type: "b.c"; readonly n: number };
interface Scope {
  readonly context: Context;
  readonly event: Event;
}
type Compilable = Context & { readonly at: string };

const kit = setup({
  types: { context: {} as Context, events: {} as Event, emitted: {} as { type: "news"; x: number } },
  guards: {
    even: ({ context }) => context.x % 2 === 0,
    below: ({ context }, { n }: { n: number }) => context.y < n,
    asked: ({ event }) => event.n > 1,
  },
  actions: {
    ring: () => undefined,
    tell: (_, _params: { x: number; n: number }) => undefined,
    step: assign({ x: ({ context }) => (context.x + 1) % 5 }),
    add: assign(({ context, event }, { by }: { by: number }) => ({ y: (context.y + by + event.n) % 7 })),
    news: emit(({ context }) => ({ type: "news" as const, x: context.x })),
  },
}).extend({ guards: { evenOrAsked: or(["even", "asked"]) } });

type Config = Parameters<typeof kit.createMachine>[0];
const made = (config: object): AnyStateMachine => kit.createMachine(config as Config);

const guard = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  fc.constantFrom<unknown>("even", "asked", "evenOrAsked", ({ context }: Scope) => context.x > context.y),
  fc.nat(6).map((n) => ({ type: "below", params: { n } })),
  fc.constant({ type: "below", params: ({ event }: Scope) => ({ n: event.n + 1 }) }),
  fc.constantFrom<unknown>(
    not("evenOrAsked"),
    and(["even", not("asked")]),
    or([and(["asked", { type: "below", params: { n: 3 } }]), not("even")]),
    not(({ context }: Scope) => context.y === 2),
  ),
);

const action = fc.oneof(
  fc.constantFrom<unknown>("ring", "step", "news", assign({ y: 0 })),
  fc.nat(3).map((by) => ({ type: "add", params: { by } })),
  fc.constant({ type: "add", params: ({ context }: Scope) => ({ by: context.x }) }),
  fc.constant({
    type: "tell",
    params: ({ context, event }: Scope) => ({ x: context.x, n: event.n }),
  }),
);
const actions = fc.array(action, { maxLength: 3 });

/** A tree of at most three levels; targets are picked from all its nodes once it is known. */
interface Sapling {
  readonly entry: readonly unknown[];
  readonly exit: readonly unknown[];
  readonly initial: readonly unknown[];
  readonly arrows: readonly Arrow[];
  readonly children: readonly Sapling[];
}
interface Arrow {
  readonly type: string;
  readonly guard: unknown;
  readonly actions: readonly unknown[];
  readonly reenter: boolean;
  readonly target: number | null;
}

const arrow: fc.Arbitrary<Arrow> = fc.record({
  type: fc.constantFrom("a", "b.c"),
  guard,
  actions,
  reenter: fc.boolean(),
  target: fc.option(fc.nat(30), { freq: 6 }),
});

function sapling(depth: number, least: number): fc.Arbitrary<Sapling> {
  const several = { minLength: least, maxLength: 3, size: "max" } as const;
  const children: fc.Arbitrary<Sapling[]> =
    depth === 0 ? fc.constant([]) : fc.array(sapling(depth - 1, 0), several);
  return fc.record({
    entry: actions,
    exit: actions,
    initial: actions,
    arrows: fc.array(arrow, { minLength: 1, maxLength: 4 }),
    children,
  });
}

/** The saplings in document order; their places are their ids. */
function flatten(tree: Sapling): Sapling[] {
  return [tree, ...tree.children.flatMap(flatten)];
}

function configOf(tree: Sapling, all: readonly Sapling[]): Record<string, unknown> {
  const id = (one: Sapling): string => `n${all.indexOf(one)}`;
  const on: Record<string, unknown[]> = {};
  for (const { type, target, ...rest } of tree.arrows) {
    const end = target === null ? undefined : `#n${target % all.length}`;
    (on[type] ??= []).push(end === undefined ? rest : { ...rest, target: end });
  }
  const [first] = tree.children;
  const inner =
    first === undefined
      ? {}
      : {
          initial: { target: id(first), actions: tree.initial },
          states: Object.fromEntries(tree.children.map((child) => [id(child), configOf(child, all)])),
        };
  return { id: id(tree), entry: tree.entry, exit: tree.exit, on, ...inner };
}

const chart = sapling(3, 1).map((tree) =>
  made({ ...configOf(tree, flatten(tree)), context: { x: 0, y: 0 } }),
);
const event: fc.Arbitrary<Event> = fc.record({
  type: fc.constantFrom("a" as const, "b.c" as const),
  n: fc.nat(3),
});

/** XState's actions as effects: an emitted event is itself, any other is its name and parameters. */
function effectsOf(executed: readonly { readonly type: string; readonly params?: unknown }[]): NamedEffect[] {
  return executed.map(({ type, params }) =>
    type === "xstate.emit"
      ? (params as { event: NamedEffect }).event
      : { type, ...(params as object | undefined) },
  );
}

function leafOf(value: unknown): string {
  return typeof value === "string" ? value : leafOf(Object.values(value as object)[0]);
}

describe("a compiled chart", () => {
  test("gives the state, context and effects that XState gives, on random charts and events", () => {
    let moved = 0;
    fc.assert(
      fc.property(chart, fc.array(event, { minLength: 4, maxLength: 8 }), (machine, events) => {
        const compiled = compileMachine<Compilable, Event>(machine, { stateField: "at" });
        let record: Compilable = { at: compiled.initialLeaf, x: 0, y: 0 };
        let snapshot = machine.resolveState({
          value: compiled.stateValueOf(record.at) as string,
          context: { x: 0, y: 0 },
        }) as AnyMachineSnapshot;
        for (const one of events) {
          const [next, executed] = transition(machine, snapshot, one);
          const step = compiled.step(record, one);
          expect(step.next).toEqual({ at: leafOf(next.value), ...(next.context as Context) });
          expect(step.effects).toEqual(effectsOf(executed));
          expect(next.value).toEqual(compiled.stateValueOf(step.next.at));
          if (step.next.at !== record.at) moved += 1;
          record = step.next;
          snapshot = next;
        }
      }),
      { numRuns: 1_000 },
    );
    expect(moved).toBeGreaterThan(1_000);
  }, 60_000);

  test("leaves the record it is given as it is, and returns it when nothing is enabled", () => {
    const machine = made({
      id: "m",
      context: { x: 0, y: 0 },
      initial: "p",
      states: { p: { on: { a: { guard: "asked", target: "q", actions: ["step"] } } }, q: {} },
    });
    const compiled = compileMachine<Compilable, Event>(machine, { stateField: "at" });
    const record = Object.freeze({ at: "p", x: 1, y: 1 });
    expect(compiled.step(record, { type: "a", n: 2 })).toEqual({
      next: { at: "q", x: 2, y: 1 },
      effects: [],
      taken: 0,
    });
    expect(compiled.step(record, { type: "a", n: 0 }).next).toBe(record);
    expect(compiled.step(record, { type: "b.c", n: 0 }).taken).toBe(-1);
  });

  test("says which states there are when a record names another", () => {
    const machine = made({ id: "m", context: { x: 0, y: 0 }, initial: "p", states: { p: {} } });
    const compiled = compileMachine<Compilable, Event>(machine, { stateField: "at" });
    expect(() => compiled.step({ at: "r", x: 0, y: 0 }, { type: "a", n: 0 })).toThrow(
      'machine "m": field "at" holds "r", expected one of p',
    );
  });

  test("tells a probe what was taken and how each single guard answered", () => {
    const machine = made({
      id: "m",
      context: { x: 0, y: 0 },
      initial: "p",
      states: { p: { on: { a: [{ guard: and(["even", "asked"]) }, { target: "q" }] } }, q: {} },
    });
    const compiled = compileMachine<Compilable, Event>(machine, { stateField: "at" });
    const seen: unknown[] = [];
    compiled.step(
      { at: "p", x: 0, y: 0 },
      { type: "a", n: 0 },
      { taken: (index) => seen.push(index), guard: (name, answer) => seen.push([name, answer]) },
    );
    expect(seen).toEqual([["even", true], ["asked", false], 1]);
  });
});

/** A chart of two states; `parts` go into the first, `root` into the machine. */
function withParts(parts: object, root: object = {}): object {
  return { id: "m", context: { x: 0, y: 0 }, initial: "p", states: { p: parts, q: {} }, ...root };
}

const onA = (arrow: object): object => withParts({ on: { a: arrow } });

const refused: readonly (readonly [what: string, config: object, message: string])[] = [
  ["after", withParts({ after: { 10: "q" } }), 'state "p": "after"'],
  ["invoke", withParts({ invoke: { src: "child" } }), 'state "p": "invoke"'],
  ["always", withParts({ always: { guard: "even", target: "q" } }), 'state "p": "always"'],
  ["parallel regions", withParts({ type: "parallel", states: { r: {}, s: {} } }), 'state "p": parallel'],
  [
    "a history state",
    withParts({ initial: "r", states: { r: {}, h: { type: "history" } } }),
    'state "p.h": history',
  ],
  ["a final state", withParts({ type: "final" }), 'state "p": final'],
  ["a wildcard", withParts({ on: { "*": "q" } }), 'state "p", event "*": wildcard'],
  ["a partial wildcard", withParts({ on: { "b.*": "q" } }), 'state "p", event "b.*": wildcard'],
  [
    "raise",
    onA({ actions: raise({ type: "a" }) }),
    'state "p", event "a" (state "p"): action "xstate.raise"',
  ],
  [
    "sendTo",
    onA({ actions: sendTo("other", { type: "a" }) }),
    'state "p", event "a" (state "p"): action "xstate.sendTo"',
  ],
  [
    "enqueueActions",
    onA({ actions: enqueueActions(() => undefined) }),
    'state "p", event "a" (state "p"): action "xstate.enqueueActions"',
  ],
  ["an inline action", onA({ actions: () => undefined }), 'state "p", event "a" (state "p"): inline action'],
  [
    "an inline entry action",
    { ...onA({ target: "q" }), states: { p: { on: { a: "q" } }, q: { entry: () => undefined } } },
    'state "p", event "a" (entry of state "q"): inline action',
  ],
  [
    "a missing action",
    onA({ actions: "nowhere" }),
    'state "p", event "a" (state "p"): action "nowhere" is not implemented',
  ],
  ["a missing guard", onA({ guard: "nowhere" }), 'state "p", event "a": guard "nowhere" is not implemented'],
  [
    "a missing guard inside a combination",
    onA({ guard: and(["even", not("nowhere")]) }),
    'state "p", event "a": guard "nowhere" is not implemented',
  ],
  ["stateIn", onA({ guard: stateIn("p") }), 'state "p", event "a": guard "stateIn"'],
  [
    "twin leaf keys",
    withParts({ initial: "q", states: { q: {} } }),
    'state "q": key "q" is also that of "p.q"',
  ],
  ["a machine without states", { id: "m", context: { x: 0, y: 0 } }, 'state "(root)": no states'],
];

describe("compiling refuses", () => {
  test.each(refused)("%s, in one message that names the node", (_, config, message) => {
    const problems = problemsOf(made(config));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(message)).toBe(true);
  });

  test("everything it cannot compile at once, not only the first", () => {
    const problems = problemsOf(made(withParts({ after: { 10: "q" }, on: { a: { guard: "nowhere" } } })));
    expect(problems).toHaveLength(2);
  });
});

function problemsOf(machine: AnyStateMachine): readonly string[] {
  try {
    compileMachine(machine, { stateField: "at" });
  } catch (error) {
    if (error instanceof CompileError) return error.problems;
    throw error;
  }
  return [];
}
