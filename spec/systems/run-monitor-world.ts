/**
 * Changes of the world: each computed once for each distinct world, with one canonical object for
 * each value.
 */
import { canonize, tabulate } from "../kernel/index.js";
import type { World } from "./run-monitor-schema.js";

export interface Worlds {
  /** The canonical object of a world. */
  intern(world: World): World;
  /** A change that is computed once for each world. */
  turn(change: (world: World) => World): (world: World) => World;
}

export function worldTable(): Worlds {
  const known = new Map<string, World>();
  const changes: ((world: World) => World)[] = [];
  const intern = (world: World): World => {
    const key = JSON.stringify(Object.entries(world).sort());
    const found = known.get(key) ?? canonize({ ...world });
    known.set(key, found);
    return found;
  };
  const turned = tabulate<World, World>((world, index) => intern(changes[index]?.(world) ?? world));
  return {
    intern,
    turn: (change) => {
      const index = changes.push(change) - 1;
      return (world) => turned(world, index);
    },
  };
}
