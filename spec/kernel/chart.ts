/**
 * Reads an XState machine into a chart of plain nodes: leaves, arrows, and what is executed on each arrow.
 *
 * Collects a problem, with the node's path, for every feature that a pure function cannot stand for.
 */
import { type AnyStateMachine, type AnyStateNode, type AnyTransitionDefinition, and, not, or } from "xstate";

export interface ChartNode {
  /** Own key, unique among the leaves. */
  readonly key: string;
  /** Dotted path from the root; `(root)` for the machine itself. */
  readonly path: string;
  readonly tags: readonly string[];
  readonly node: AnyStateNode;
}

/** An action as it stands in the chart, with the node and role it stands in. */
export interface PlacedAction {
  readonly action: unknown;
  readonly place: string;
}

export interface ChartTransition {
  readonly index: number;
  readonly source: ChartNode;
  readonly event: string;
  readonly target: ChartNode | null;
  readonly guard: unknown;
  readonly guardLabel: string;
  readonly actionLabels: readonly string[];
  readonly definition: AnyTransitionDefinition;
}

export interface Chart {
  readonly leaves: readonly ChartNode[];
  readonly initial: ChartNode;
  readonly events: readonly string[];
  readonly transitions: readonly ChartTransition[];
  /** Arrows for an event in a leaf, in the order XState tries them: own first, then each ancestor's. */
  candidates(leaf: ChartNode, event: string): readonly ChartTransition[];
  /** Exit actions, then the arrow's own, then entry actions, in XState's order. */
  actionsOf(leaf: ChartNode, transition: ChartTransition): readonly PlacedAction[];
  stateValueOf(leaf: string): string | Readonly<Record<string, unknown>>;
}

export function chartOf(machine: AnyStateMachine, problems: string[]): Chart {
  const nodes = new Map<AnyStateNode, ChartNode>();
  const transitions: ChartTransition[] = [];
  const byNode = new Map<AnyStateNode, Map<string, ChartTransition[]>>();
  const events = new Set<string>();

  for (const node of descend(machine.root as AnyStateNode)) {
    nodes.set(node, { key: node.key, path: pathOf(node), tags: [...node.tags], node });
    refuseNode(node, problems);
  }
  for (const [node, source] of nodes) {
    const own = new Map<string, ChartTransition[]>();
    for (const [event, definitions] of node.transitions as Map<string, AnyTransitionDefinition[]>) {
      refuseEvent(event, source, problems);
      events.add(event);
      const list = definitions.map((definition, place) => {
        const transition = read(definition, source, event, transitions.length + place, nodes, problems);
        return transition;
      });
      transitions.push(...list);
      own.set(event, list);
    }
    byNode.set(node, own);
  }

  const leaves = [...nodes.values()].filter(({ node }) => children(node).length === 0);
  refuseTwins(leaves, problems);
  if (nodes.size === 1) problems.push('state "(root)": no states; a chart has at least one below the root');
  const leafByKey = new Map(leaves.map((leaf) => [leaf.key, leaf]));
  const initial = nodes.get(initialLeaf(machine.root as AnyStateNode)) ?? leaves[0];
  if (initial === undefined) throw new RangeError(`machine "${machine.id}" has no state`);

  return {
    leaves,
    initial,
    events: [...events],
    transitions,
    candidates: (leaf, event) =>
      chain(leaf.node).flatMap((node) => byNode.get(node)?.get(event) ?? []),
    actionsOf: (leaf, transition) => actionsOf(leaf.node, transition),
    stateValueOf: (key) => {
      const leaf = leafByKey.get(key);
      if (leaf === undefined) throw new RangeError(`machine "${machine.id}" has no state "${key}"`);
      const path = leaf.node.path;
      return path
        .slice(0, -1)
        .reduceRight<string | Record<string, unknown>>((value, part) => ({ [part]: value }), leaf.key);
    },
  };
}

/** XState stores the resolved target nodes; a chart's arrow leads to the leaf they stand for. */
function read(
  definition: AnyTransitionDefinition,
  source: ChartNode,
  event: string,
  index: number,
  nodes: ReadonlyMap<AnyStateNode, ChartNode>,
  problems: string[],
): ChartTransition {
  const targets = (definition.target ?? []) as readonly AnyStateNode[];
  const where = `state "${source.path}", event "${event}"`;
  if (targets.length > 1) problems.push(`${where}: several targets, a chart without parallel regions has one`);
  const first = targets[0];
  const target = first === undefined ? null : (nodes.get(initialLeaf(first)) ?? null);
  return {
    index,
    source,
    event,
    target,
    guard: definition.guard,
    guardLabel: guardLabel(definition.guard),
    actionLabels: definition.actions.map(actionLabel),
    definition,
  };
}

function refuseNode(node: AnyStateNode, problems: string[]): void {
  const where = `state "${pathOf(node)}"`;
  if (node.type === "parallel") problems.push(`${where}: parallel regions; compose two machines instead`);
  if (node.type === "history") problems.push(`${where}: history state; keep what is remembered in the context`);
  if (node.type === "final") {
    problems.push(`${where}: final state; it stops the machine, use an ordinary state with a tag`);
  }
  if ((node.always ?? []).length > 0) problems.push(`${where}: "always"; guard the arrows that lead here instead`);
  if (node.after.length > 0) problems.push(`${where}: "after"; take time from the event instead`);
  if (node.invoke.length > 0) problems.push(`${where}: "invoke"; return an effect and send its result as an event`);
}

function refuseEvent(event: string, source: ChartNode, problems: string[]): void {
  if (event.includes("*")) {
    problems.push(`state "${source.path}", event "${event}": wildcard; name each event`);
  }
}

function refuseTwins(leaves: readonly ChartNode[], problems: string[]): void {
  const seen = new Map<string, string>();
  for (const leaf of leaves) {
    const twin = seen.get(leaf.key);
    if (twin !== undefined) {
      problems.push(`state "${leaf.path}": key "${leaf.key}" is also that of "${twin}"; leaf keys name the state`);
    }
    seen.set(leaf.key, leaf.path);
  }
}

function actionsOf(leaf: AnyStateNode, transition: ChartTransition): readonly PlacedAction[] {
  const { definition, source } = transition;
  const own = definition.actions.map((action) => ({ action, place: `state "${source.path}"` }));
  const target = ((definition.target ?? []) as readonly AnyStateNode[])[0];
  if (target === undefined) return own;
  const domain = domainOf(definition, target, source.node);
  const exited = chain(leaf).filter((node) => isBelow(node, domain));
  const end = initialLeaf(target);
  const entered = chain(end)
    .filter((node) => isBelow(node, domain) || (node === target && target !== source.node))
    .reverse();
  return [
    ...exited.flatMap((node) => place(node.exit, node, "exit")),
    ...own,
    ...entered.flatMap((node) => [
      ...place(node.entry, node, "entry"),
      // A compound node entered by default, not on the way to an explicit target, runs its initial actions.
      ...(isBelow(target, node) || children(node).length === 0
        ? []
        : place(node.initial.actions, node, "initial")),
    ]),
  ];
}

/**
 * The node inside which the arrow moves; XState's rule, `null` for outside the root. An arrow from below to
 * the root moves inside the root: XState enters the root without leaving it.
 */
function domainOf(
  definition: AnyTransitionDefinition,
  target: AnyStateNode,
  source: AnyStateNode,
): AnyStateNode | null {
  if (!definition.reenter && (target === source || isBelow(target, source))) return source;
  const ancestors = chain(target).slice(1);
  const common = ancestors.find((ancestor) => isBelow(source, ancestor));
  if (common !== undefined) return common;
  return definition.reenter ? null : (ancestors.at(-1) ?? target);
}

function place(actions: readonly unknown[], node: AnyStateNode, role: string): PlacedAction[] {
  const own = node.after.length === 0 ? actions : actions.filter((action) => !isTimer(action));
  return own.map((action) => ({ action, place: `${role} of state "${pathOf(node)}"` }));
}

/** What XState puts into entry and exit for "after"; the node is refused for its "after" already. */
function isTimer(action: unknown): boolean {
  const { type } = action as { readonly type?: unknown };
  return typeof action === "function" && (type === "xstate.raise" || type === "xstate.cancel");
}

/** The node and its ancestors, innermost first. */
function chain(node: AnyStateNode): AnyStateNode[] {
  const list: AnyStateNode[] = [];
  for (let at: AnyStateNode | undefined = node; at !== undefined; at = at.parent) list.push(at);
  return list;
}

function isBelow(node: AnyStateNode, ancestor: AnyStateNode | null): boolean {
  if (ancestor === null) return true;
  return node !== ancestor && chain(node).includes(ancestor);
}

function children(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states as Record<string, AnyStateNode>);
}

function* descend(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of children(node)) yield* descend(child);
}

function initialLeaf(node: AnyStateNode): AnyStateNode {
  let at = node;
  while (at.type === "compound") {
    const next = (at.initial.target as readonly AnyStateNode[])[0];
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

function pathOf(node: AnyStateNode): string {
  return node.path.length === 0 ? "(root)" : node.path.join(".");
}

const always = (): boolean => true;
const combinators = [
  ["and", and([always])],
  ["or", or([always])],
  ["not", not(always)],
] as const;

/**
 * Which combinator made the guard: told by the check that all of one kind share. Their names would do as well,
 * until somebody bundles the program and renames them.
 */
export function combinatorOf(guard: unknown): "and" | "or" | "not" | null {
  const { check } = guard as { readonly check?: unknown };
  if (check === undefined) return null;
  return combinators.find(([, sample]) => (sample as { check?: unknown }).check === check)?.[0] ?? null;
}

/** A guard as a reader writes it: `name`, `not name`, `a and b`. */
export function guardLabel(guard: unknown): string {
  if (guard === undefined || guard === null) return "";
  if (typeof guard === "string") return guard;
  if (typeof guard === "function") {
    const parts = (guard as { guards?: readonly unknown[] }).guards;
    if (parts === undefined) return guard.name === "" || guard.name === "guard" ? "(inline)" : guard.name;
    const labels = parts.map(guardLabel);
    const combinator = combinatorOf(guard);
    if (combinator === "not") return `not ${labels[0] ?? ""}`;
    return labels.join(combinator === "or" ? " or " : " and ");
  }
  return withParams(guard as { type: string; params?: unknown });
}

/** An action as a reader writes it: `name` or `name(param: value)`. */
export function actionLabel(action: unknown): string {
  if (typeof action === "string") return action;
  if (typeof action === "function") {
    return (action as { type?: string }).type ?? (action.name === "" ? "(inline)" : action.name);
  }
  return withParams(action as { type: string; params?: unknown });
}

function withParams({ type, params }: { type: string; params?: unknown }): string {
  if (params === undefined) return type;
  if (typeof params === "function") return `${type}(…)`;
  const list = Object.entries(params as Record<string, unknown>);
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- not every value has JSON
  return `${type}(${list.map(([key, value]) => `${key}: ${JSON.stringify(value) ?? "undefined"}`).join(", ")})`;
}
