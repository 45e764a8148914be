/**
 * Which files have to be looked at again after some changed: pure, on the dependencies that an earlier run kept.
 * `null` for all of them.
 */

/** A file of ours as an earlier run saw it. Paths are absolute. */
export interface KnownFile {
  readonly digest: string;
  readonly imports: readonly string[];
  /** Files in which something was found because of what stands in this one. */
  readonly hands: readonly string[];
  /** A change of it, or of anything it depends on, may change every finding. */
  readonly isPillar: boolean;
}

export type KnownFiles = Readonly<Record<string, KnownFile>>;

export interface Again {
  /** Files whose findings are found anew. */
  readonly stale: ReadonlySet<string>;
  /** Files that are needed for it. */
  readonly only: ReadonlySet<string>;
}

export function againFor(files: KnownFiles, changed: Iterable<string>): Again | null {
  const graph = graphOf(files);
  const stale = reach(changed, graph.dependents);
  const pillars = Object.keys(files).filter((path) => files[path]?.isPillar === true);
  if (pillars.some((path) => stale.has(path))) return null;
  return { stale, only: reach([...stale, ...pillars], graph.dependsOn) };
}

/**
 * Whether what the stale files hand on now stays within files that were looked at. A file that is handed something
 * for the first time was not, unless it is stale itself.
 */
export function staysWithin(
  before: KnownFiles,
  now: Readonly<Record<string, KnownFile>>,
  stale: ReadonlySet<string>,
): boolean {
  return Object.entries(now).every(([path, { hands, isPillar }]) => {
    const known = before[path];
    if (isPillar !== (known?.isPillar ?? false)) return false;
    return hands.every((to) => stale.has(to) || known?.hands.includes(to) === true);
  });
}

interface Graph {
  readonly dependsOn: ReadonlyMap<string, readonly string[]>;
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

function graphOf(files: KnownFiles): Graph {
  const dependsOn = new Map<string, string[]>();
  const dependents = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, from: string, to: string): void => {
    const list = map.get(from);
    if (list === undefined) map.set(from, [to]);
    else list.push(to);
  };
  const edge = (from: string, to: string): void => {
    add(dependsOn, from, to);
    add(dependents, to, from);
  };
  for (const [path, { imports, hands }] of Object.entries(files)) {
    for (const to of imports) if (to in files) edge(path, to);
    for (const to of hands) edge(to, path);
  }
  return { dependsOn, dependents };
}

function reach(
  from: Iterable<string>,
  edges: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...from];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    waiting.push(...(edges.get(path) ?? []));
  }
  return reached;
}
