/** Steps of a script on a worker plane, as fast-check makes them: what something can come of is tried more often. */
import fc from "fast-check";

import type { PlaneOperation } from "../../src/conformance/plane-operations.js";

const worker = fc.constantFrom("local" as const, "remote" as const);

export const planeOperations: fc.Arbitrary<PlaneOperation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant("spawn" as const), worker }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom("crash" as const, "stop", "freeze", "thaw"), worker }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom("hold" as const, "release"), worker }) },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("lease" as const),
      target: fc.constantFrom("" as const, "local", "remote"),
      effect: fc.constantFrom("capture" as const, "send", "stop"),
      run: fc.constantFrom("run-0" as const, "run-1"),
    }),
  },
  { weight: 5, arbitrary: fc.record({ op: fc.constant("end" as const), which: fc.nat(3), ok: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("say" as const),
      which: fc.nat(5),
      word: fc.constantFrom("succeeded" as const, "failed", "progress"),
    }),
  },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("ticks" as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("restart" as const) }) },
);
