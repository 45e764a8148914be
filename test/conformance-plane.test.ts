/** The worker plane behind the conformance kit, and who may speak for a worker. */
import { describe, expect, test } from "vitest";

import { checkWorkerPlane } from "../src/conformance/index.js";
import { defaultMasterPolicy } from "../src/worker-plane/index.js";
import { Registry } from "../src/worker-plane/registry.js";

test("every step of the running plane is one of the model, and every law that a model decides is kept", async () => {
  const { judged, divergence } = await checkWorkerPlane({ seed: Number(process.env["LEASEHOLD_SEED"] ?? 1), runs: 20 });
  expect(divergence).toBeNull();
  expect(judged.map(({ law, verdict }) => `${law} ${verdict}`)).toEqual(
    ["LL1", "LL2", "LL3", "LL4", "LL6", "LL8", "LL9", "LL10"].map((law) => `${law} holds`),
  );
});

describe("of two processes with one id", () => {
  const begin = () => {
    const registry = new Registry(defaultMasterPolicy, "local", () => undefined);
    const earlier = { worker: "host", incarnation: "one", bornAtMs: 0 };
    const later = { worker: "host", incarnation: "two", bornAtMs: 5 };
    expect(registry.register(earlier)).toBe("started");
    expect(registry.register(later)).toBe("replaced");
    return { registry, earlier, later };
  };

  test("the one that was replaced is not heard, and does not take the worker away", () => {
    const { registry, earlier, later } = begin();
    expect(registry.beat(earlier)).toBe("worker-plane/unknown-worker");
    expect(registry.unregister(earlier)).toBe("worker-plane/unknown-worker");
    expect(registry.beat(later)).toBeNull();
  });

  test("the earlier one does not come back while the later one lives", () => {
    const { registry, earlier } = begin();
    expect(registry.register(earlier)).toBe("worker-plane/superseded");
  });
});
