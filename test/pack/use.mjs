/** Each way into the package, imported as a module and used once. Prints what the test expects. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

import { checker as viaMain } from "leasehold";
import { codecFor } from "leasehold/checker";
import { checkLeaseStore, memoryLeaseStore } from "leasehold/conformance";
import rules from "leasehold/eslint";
import * as gather from "leasehold/gather";
import { pacingFor } from "leasehold/host";
import { nodeDisk, openJournal } from "leasehold/journal";
import { laws } from "leasehold/laws";
import { openLeaseStore, withLease } from "leasehold/lease";
import { presets } from "leasehold/lint";
import { openRuns } from "leasehold/run";
import { emptyView, initialCore, step } from "leasehold/spec";
import { defaultMasterPolicy } from "leasehold/worker-plane";

assert.equal(viaMain.codecFor, codecFor);
assert.ok(laws.some(({ id }) => id === "L8"));
for (const used of [openJournal, nodeDisk, openRuns, memoryLeaseStore, checkLeaseStore, pacingFor]) {
  assert.equal(typeof used, "function");
}
for (const used of [presets, rules, defaultMasterPolicy]) assert.equal(typeof used, "object");
assert.ok(Object.keys(gather).length > 0);

const view = emptyView({ agent: "codex", branch: "b", startedAt: 0, status: "running" });
const { effects } = step(view, initialCore, { type: "session.alive", observer: "here" }, 1_000);
assert.ok(Array.isArray(effects));

const directory = mkdtempSync(join(import.meta.dirname, "lanes-"));
const store = await openLeaseStore({ directory });
const held = await withLease(store, { lane: "deploy", holder: "me" }, ({ fencingToken }) =>
  Promise.resolve(fencingToken),
);
assert.deepEqual(held, { outcome: "done", value: 1, trouble: null });
await store.close();
rmSync(directory, { recursive: true });
console.log("used from a module");
