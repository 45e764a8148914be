/** WS5: lease write surface. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { lines, surface } from "./surface.js";

export const leaseWriteSurface: SurfaceLaw = {
  ...surface,
  id: "WS5",
  title: "lease write surface",
  statement: "Lease and worker registries change only at LW1–LW5.",
  formal: "∀ site s: mutates(s, leases) ∨ mutates(s, workers) ⇒ s ∈ {LW1, …, LW5}",
  why:
    "A lease was changed through a pointer that a reader had kept, outside the lock " +
    "and outside every rule.",
  sourceMutants: [
    {
      name: "a lease is changed from outside",
      change: "the map of leases is taken out of the registry and emptied",
      file: "src/worker-plane/outside.ts",
      append: lines(
        'import type { Registry } from "./registry.js";',
        "export function forget(registry: Registry): void {",
        '  const leases = registry["leases"];',
        "  leases.clear();",
        "}",
      ),
      at: ".clear()",
    },
    {
      name: "the registry is replaced",
      change: "reflection sets the map of workers",
      file: "src/host/reflected.ts",
      append: lines(
        'import type { Registry } from "../worker-plane/registry.js";',
        "export function restart(registry: Registry): void {",
        '  Reflect.set(registry, "workers", new Map());',
        "}",
      ),
      at: "Reflect.set(",
    },
  ],
};
