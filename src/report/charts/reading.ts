/** Reads a compiled chart for printing: which arrows a leaf tries for an event, what they do, what guards mean. */
import { combinatorOf, guardLabel } from "../../../spec/kernel/chart.js";
import type { TransitionInfo } from "../../../spec/kernel/compile-machine.js";
import type { TransitionSelector } from "../../../laws/constraints.js";
import type { AnyCompiled, Chart } from "./charts.js";

export interface Leaf {
  readonly key: string;
  readonly path: string;
  readonly tags: readonly string[];
}

/** Arrows for an event in a leaf, in the order in which they are tried: own first, then each ancestor's. */
export function candidatesOf(compiled: AnyCompiled, leaf: Leaf, event: string): readonly TransitionInfo[] {
  const depthOf = ({ source }: TransitionInfo): number => (source === root ? 0 : source.split(".").length);
  return compiled.transitions
    .filter((one) => one.event === event && isAt(leaf.path, one.source))
    .sort((a, b) => depthOf(b) - depthOf(a) || a.index - b.index);
}

/** What the machine's root is called in a transition's source. */
export const root = "(root)";

/** `path` is the node or below it. */
export function isAt(path: string, node: string): boolean {
  return node === root || path === node || path.startsWith(`${node}.`);
}

/** Names of actions that change the record; the others are effects. */
export function updatesOf(compiled: AnyCompiled): ReadonlySet<string> {
  const actions = compiled.machine.implementations.actions as Readonly<Record<string, unknown>>;
  const isAssign = (action: unknown): boolean =>
    typeof action === "function" && (action as { type?: unknown }).type === "xstate.assign";
  return new Set(Object.keys(actions).filter((name) => isAssign(actions[name])));
}

/** `setStatus(status: "done")` as its name. */
export function actionName(label: string): string {
  return label.split("(")[0] ?? label;
}

/** Guards by name, with what they combine; null for a single decision. */
export function guardsOf(compiled: AnyCompiled): readonly { readonly name: string; readonly means: string | null }[] {
  const guards = compiled.machine.implementations.guards as Readonly<Record<string, unknown>>;
  const named = new Set([...compiled.guards, ...compiled.transitions.flatMap(({ guard }) => wordsOf(guard))]);
  for (const name of named) for (const word of wordsOf(meaningOf(guards[name]) ?? "")) named.add(word);
  return [...named]
    .filter((name) => name in guards)
    .sort()
    .map((name) => ({ name, means: meaningOf(guards[name]) }));
}

function meaningOf(guard: unknown): string | null {
  return partsOf(guard) === null ? null : guardText(guard);
}

/** What a combinator combines; null for a single decision. */
function partsOf(guard: unknown): readonly unknown[] | null {
  if (typeof guard !== "function" || combinatorOf(guard) === null) return null;
  return (guard as { readonly guards?: readonly unknown[] }).guards ?? null;
}

/** A guard with parentheses around what binds otherwise than written: `a and (b or c)`. */
function guardText(guard: unknown): string {
  const parts = partsOf(guard);
  if (parts === null) return guardLabel(guard);
  const texts = parts.map((part) => ((partsOf(part)?.length ?? 0) > 1 ? `(${guardText(part)})` : guardText(part)));
  const combinator = combinatorOf(guard) ?? "and";
  return combinator === "not" ? `not ${texts[0] ?? ""}` : texts.join(` ${combinator} `);
}

function wordsOf(label: string): readonly string[] {
  return label.match(/[A-Za-z]\w*/g) ?? [];
}

/** Ids of the laws that constrain a transition, in the order of the catalogue. */
export function lawsOn(
  chart: Chart,
  transition: TransitionInfo,
  constraints: Readonly<Record<string, readonly TransitionSelector[]>>,
): readonly string[] {
  return Object.entries(constraints)
    .filter(([, selectors]) => selectors.some((selector) => selects(selector, chart.id, transition)))
    .map(([id]) => id);
}

export function selects(selector: TransitionSelector, machine: string, transition: TransitionInfo): boolean {
  const { events, targets, from, guard, action } = selector;
  const { target, actions } = transition;
  return (
    selector.machine === machine &&
    (events?.includes(transition.event) ?? true) &&
    (targets === undefined || (target !== null && targets.includes(target))) &&
    (from === undefined || isAt(transition.source, from)) &&
    (guard === undefined || transition.guard.includes(guard)) &&
    (action === undefined || actions.some((label) => actionName(label) === action))
  );
}
