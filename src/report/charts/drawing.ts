/**
 * A chart as a drawing: its nodes, nested as they are declared, and one arrow for each pair of nodes that events
 * lead from and to. Arrows that stay where they are are left out: tables have them.
 *
 * What every state below a node does starts at a small node of its own inside it, "any". An event that leads from
 * there to every state there is makes one arrow, to "every state".
 */
import type { TransitionInfo } from "../../../spec/kernel/compile-machine.js";
import type { AnyCompiled } from "./charts.js";
import { type Leaf, root } from "./reading.js";

export interface Arrow {
  /** A node's path; a compound node stands for each state below it. */
  readonly from: string;
  readonly fromAny: boolean;
  /** A leaf's path; null: every state. */
  readonly to: string | null;
  readonly events: readonly string[];
  /** Numbers of the transitions that it stands for. */
  readonly transitions: readonly number[];
}

/** A compound node or a leaf. `anyOf`: arrows leave from all states below it. */
export interface DrawnNode {
  readonly path: string;
  readonly name: string;
  readonly leaf: Leaf | null;
  readonly anyOf: boolean;
  readonly children: readonly DrawnNode[];
}

export interface Drawing {
  readonly root: DrawnNode;
  readonly arrows: readonly Arrow[];
}

export function drawingOf(compiled: AnyCompiled): Drawing {
  const paths = new Map(compiled.leaves.map((leaf) => [leaf.key, leaf.path]));
  const leaves = new Set(paths.values());
  const arrows = new Map<string, { from: string; to: string | null; events: Set<string>; transitions: number[] }>();
  for (const { source: from, target, event, index } of compiled.transitions) {
    const leaf = target === null ? undefined : paths.get(target);
    if (leaf === undefined || leaf === from) continue;
    const to = leadsEverywhere(compiled, from, event) ? null : leaf;
    const key = `${from} ${to ?? ""}`;
    const arrow = arrows.get(key) ?? { from, to, events: new Set<string>(), transitions: [] };
    arrows.set(key, arrow);
    arrow.events.add(event);
    arrow.transitions.push(index);
  }
  const list = [...arrows.values()].map((arrow) => ({
    ...arrow,
    fromAny: !leaves.has(arrow.from),
    events: [...arrow.events],
  }));
  return { root: nodeAt(root, compiled.leaves, new Set(list.map(({ from }) => from))), arrows: list };
}

function leadsEverywhere({ transitions, leaves }: AnyCompiled, source: string, event: string): boolean {
  const isThis = (one: TransitionInfo): boolean => one.source === source && one.event === event;
  const targets = new Set(transitions.filter(isThis).map(({ target }) => target));
  return leaves.length > 2 && leaves.every(({ key }) => targets.has(key));
}

function nodeAt(path: string, leaves: readonly Leaf[], sources: ReadonlySet<string>): DrawnNode {
  const name = path.split(".").at(-1) ?? path;
  const own = leaves.find((leaf) => leaf.path === path) ?? null;
  const prefix = path === root ? "" : `${path}.`;
  const below = leaves.filter((leaf) => leaf.path.startsWith(prefix) && leaf.path !== path);
  const names = own === null ? [...new Set(below.map((leaf) => leaf.path.slice(prefix.length).split(".")[0] ?? ""))] : [];
  const children = names.map((child) => nodeAt(`${prefix}${child}`, leaves, sources));
  return { path, name, leaf: own, anyOf: own === null && sources.has(path), children };
}
