/**
 * A chart as a drawing: its nodes, nested as they are declared, and one arrow for each pair of nodes that events
 * lead from and to. Arrows that stay where they are are left out: tables have them.
 *
 * What every state below a node does starts at a small node of its own inside it, "any".
 */
import type { AnyCompiled } from "./charts.js";
import { type Leaf, root } from "./reading.js";

export interface Arrow {
  /** A node's path; a compound node stands for each state below it. */
  readonly from: string;
  readonly fromAny: boolean;
  /** A leaf's path. */
  readonly to: string;
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
  const leafPaths = new Map(compiled.leaves.map((leaf) => [leaf.key, leaf.path]));
  const arrows = new Map<string, { from: string; to: string; events: Set<string>; transitions: number[] }>();
  for (const transition of compiled.transitions) {
    const to = transition.target === null ? undefined : leafPaths.get(transition.target);
    if (to === undefined || transition.source === to) continue;
    const key = `${transition.source} ${to}`;
    const known = arrows.get(key) ?? { from: transition.source, to, events: new Set<string>(), transitions: [] };
    known.events.add(transition.event);
    known.transitions.push(transition.index);
    arrows.set(key, known);
  }
  const paths = new Set(leafPaths.values());
  const list = [...arrows.values()].map((arrow) => ({
    ...arrow,
    fromAny: !paths.has(arrow.from),
    events: [...arrow.events],
  }));
  const sources = new Set(list.map(({ from }) => from));
  return { root: nodeAt(root, compiled.leaves, sources), arrows: list };
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
