/** `leasehold audit`: sound logs pass, forged ones are told which law, which record, which earlier one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

import { laws } from "../laws/index.js";
import { laneFold } from "../spec/lane-lease/index.js";
import { auditFile, createAuditor, ourLeaseStore, ourRunHost } from "../src/conformance/index.js";
import { unsyncedDisk } from "../src/conformance/our-storage.js";
import { type JournalEvent, type Stamp, openJournal } from "../src/journal/index.js";
import { openLeaseStore } from "../src/lease/index.js";
import { leasehold } from "./harness/leasehold-command.js";
import { LaneJournal } from "./harness/lane-journal.js";

const folder = mkdtempSync(join(tmpdir(), "leasehold-audit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hash = "a".repeat(64);
const at = (monotonicMs: number, bootId = "boot"): Stamp => ({ bootId, monotonicMs, wallMs: 0 });

function granted(leaseId: string, fencingToken: number, lane = "build", more: object = {}): JournalEvent {
  const data = { leaseId, fencingToken, secretHash: hash, lane, region: [], mode: "exclusive", holder: "h", attachment: "detached", ttlMs: 1_000 };
  return { type: "lane.granted", data: { ...data, ...more } };
}

const about = (type: string, leaseId: string, fencingToken: number, more: object = {}): JournalEvent => ({
  type,
  data: { leaseId, fencingToken, ...more },
});

interface Line {
  readonly event: JournalEvent;
  readonly ms?: number;
  readonly seq?: number;
  readonly boot?: string;
}

function audited(...lines: readonly Line[]) {
  const auditor = createAuditor();
  lines.forEach(({ event, ms, seq, boot }, index) => auditor.record([event], { seq: seq ?? index + 1, at: at(ms ?? index, boot) }));
  return auditor.audit.breaches.map(({ law, seq, earlier }) => `${law} in ${seq} against ${String(earlier)}`);
}

const waiting = { type: "lane.waiting", data: { waiterId: "w", ticket: 1, lane: "build", region: [], mode: "exclusive", holder: "first", waitMs: 9_000 } };

describe("a log that breaks", () => {
  test.each<[law: string, lines: readonly Line[], found: string]>([
    ["NL1: two leases of one lane", [{ event: granted("a", 1) }, { event: granted("b", 2) }], "NL1 in 2 against 1"],
    ["NL2: a token that was given before", [{ event: granted("a", 4) }, { event: granted("b", 4, "docs") }], "NL2 in 2 against 1"],
    ["NL3: a beat under a token of nobody's", [{ event: granted("a", 3) }, { event: about("lane.beaten", "a", 2) }], "NL3 in 2 against 1"],
    ["NL4: a beat after the end", [{ event: granted("a", 1) }, { event: about("lane.released", "a", 1) }, { event: about("lane.beaten", "a", 1) }], "NL4 in 3 against 2"],
    ["NL4: a beat after the TTL", [{ event: granted("a", 1) }, { event: about("lane.beaten", "a", 1), ms: 1_001 }], "NL4 in 2 against 1"],
    [
      "NL5: an adopter who saw another token",
      [{ event: granted("a", 3) }, { event: about("lane.adopted", "a", 4, { previousToken: 2, secretHash: hash, holder: "x", evidence: "forced", because: "so" }) }],
      "NL5 in 2 against 1",
    ],
    ["NL6: an end for a TTL that was not over", [{ event: granted("a", 1) }, { event: about("lane.scavenged", "a", 1, { cause: "ttl" }), ms: 1_000 }], "NL6 in 2 against 1"],
    ["NL9: a grant past somebody who waits", [{ event: waiting }, { event: granted("a", 2) }], "NL9 in 2 against null"],
    ["JL7: a number that is missing", [{ event: granted("a", 1) }, { event: about("lane.beaten", "a", 1), seq: 3 }], "JL7 in 3 against 1"],
    ["JL7: a record decided before the one in front of it", [{ event: granted("a", 1), ms: 9 }, { event: about("lane.beaten", "a", 1), ms: 8 }], "JL7 in 2 against 1"],
    ["JL8: a grant over what nobody can read", [{ event: { type: "lane.granted", data: {} } }, { event: granted("a", 1) }], "JL8 in 2 against 1"],
  ])("%s", (_law, lines, found) => {
    expect(audited(...lines)).toContain(found);
  });

  test("nothing: an expired lease beside a new one, a shared lane, another boot", () => {
    expect(audited({ event: granted("a", 1) }, { event: granted("b", 2), ms: 1_001 })).toEqual([]);
    const shared = { mode: "shared" };
    expect(audited({ event: granted("a", 1, "build", shared) }, { event: granted("b", 2, "build", shared) })).toEqual([]);
    expect(audited({ event: granted("a", 1), ms: 500 }, { event: about("lane.doubted", "a", 1), boot: "next", ms: 1 })).toEqual([]);
  });
});

test("every law that judges a history has something to say of what our stores record, and finds nothing", async () => {
  const auditor = createAuditor();
  const journal = new LaneJournal();
  journal.acquire("a", { lane: "one", ttlMs: 1_000, attachment: "process" });
  journal.acquire("b", { lane: "one" }, 5_000);
  journal.ask<"halt">({ type: "halt", note: { handle: "h", leaseId: null, lane: null, command: null, reason: null, holder: null, runId: null } });
  journal.nowMs = 10;
  journal.beat("a");
  journal.adopt("a", "c", 1, "because");
  journal.nowMs = 2_000;
  journal.scavenge();
  journal.acquire("b", { lane: "one" }, 5_000);
  for (const { seq, at: place, events } of journal.records) auditor.record(events, { seq, at: place });
  const host = await ourRunHost().open();
  const process = await host.process("monitor");
  await process.create("r");
  for (const status of ["running", "done"] as const) await process.observe("r", { type: "status.asserted", status, source: "user" });
  await process.observe("r", { type: "pr.state", outcome: "open", url: "https://x.org/1", discoveredUrl: "https://x.org/1" });
  await process.takeOver?.();
  const successor = await host.process("successor");
  await successor.takeOver?.();
  const late = { type: "status.asserted", status: "waiting", source: "user" } as const;
  await expect(process.observe("r", late)).rejects.toMatchObject({ failure: { code: "run/fenced" } });
  await successor.observe("r", late);
  const runs = createAuditor();
  for (const { events, place } of await host.records()) runs.record(events, place);
  for (const one of [process, successor]) await one.end();
  await host.close();
  expect([...auditor.audit.breaches, ...runs.audit.breaches]).toEqual([]);
  const said = new Set([...Object.entries(auditor.audit.judged), ...Object.entries(runs.audit.judged)].flatMap(([law, times]) => (times > 0 ? [law] : [])));
  const able = laws.filter(({ history }) => history !== undefined).map(({ id }) => id);
  // L12 and L14 need observations that the conformance tests make.
  expect(able.filter((law) => !said.has(law) && !["L12", "L14"].includes(law))).toEqual([]);
});

test("a log is judged from its checkpoint on, and what was before is not held against it", async () => {
  const directory = join(folder, "compacted");
  const store = await openLeaseStore({ directory, compaction: false });
  const lease = await store.acquire({ lane: "build", holder: "me", ttlMs: 60_000 });
  await store.compact();
  if (lease.outcome !== "granted") throw new Error("refused");
  const { leaseId, fencingToken } = lease.grant;
  await store.heartbeat({ leaseId, secret: lease.secret });
  await store.close();
  const audit = await auditFile(join(directory, "journal.ndjson"));
  expect(audit).toMatchObject({ from: 1, records: 1, breaches: [], damage: [] });
  // The state of the checkpoint is what the forged record is judged on.
  const journal = await openJournal({ directory, fold: laneFold, compaction: false });
  await journal.transact(() => ({ events: [granted("forged", fencingToken)], durability: "relaxed", result: null }));
  await journal.close();
  const forged = await auditFile(join(directory, "journal.ndjson"));
  expect(forged.breaches.map(({ law }) => law).sort()).toEqual(["NL1", "NL2"]);
});

test("the command says law, record and earlier record, and exits 1; a sound journal exits 0", async () => {
  const directory = join(folder, "command");
  const journal = await openJournal({ directory, fold: laneFold, compaction: false });
  const append = (event: JournalEvent) => journal.transact(() => ({ events: [event], durability: "relaxed", result: null }));
  await append(granted("a", 1, "build", { ttlMs: 600_000 }));
  const file = join(directory, "journal.ndjson");
  const sound = await leasehold(folder, "audit", file);
  expect(sound).toMatchObject({ code: 0, stderr: "" });
  expect(sound.stdout).toMatch(/1 records\n {2}judged: .*NL1 1.*\n {2}no law is breached/);
  await append(granted("b", 2, "build"));
  await journal.close();
  const breached = await leasehold(folder, "audit", file);
  expect(breached.code).toBe(1);
  expect(breached.stdout).toContain(
    'NL1 is breached in record 2 (against record 1): lease b (lane "build") is granted beside lease a (lane "build", token 1, h)',
  );
  const json = await leasehold(folder, "audit", file, "--law", "NL1", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({ audits: [{ breachCount: 1, judged: { NL1: 2 } }] });
});

test("what cannot be audited is told apart: no file, no law that judges a history", async () => {
  expect(await leasehold(folder, "audit", join(folder, "absent.ndjson"))).toMatchObject({ code: 2 });
  for (const [bytes, found] of [
    ["", "0 bytes: the first line has no end"],
    [Buffer.from([0, 159, 146, 150, 10, 255]), "5 bytes: too short for a record"],
    ['{"scenarios":5}\n', "16 bytes: too short for a record"],
  ] as const) {
    const file = join(folder, "no-journal");
    writeFileSync(file, bytes);
    const { code, stdout, stderr } = await leasehold(folder, "audit", file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: cannot audit .*no-journal: its first line is no checkpoint of a journal/);
    expect(stderr).toContain(found);
  }
  const mute = await leasehold(folder, "audit", "x", "--law", "NL8");
  expect(mute.code).toBe(2);
  expect(mute.stderr).toMatch(/NL8 says nothing about a recorded log; these do: .*NL1/);
});

test("the journals that scripts on our store leave behind are sound", async () => {
  const directory = join(folder, "scripted");
  const store = await ourLeaseStore({ storage: () => ({ directory, disk: unsyncedDisk, remove: () => undefined }) }).open();
  const client = await store.client("one");
  const request = { region: ["src/**"], holder: "me", ttlMs: 1_000 };
  for (let round = 0; round < 20; round += 1) {
    await client.acquire({ ...request, lane: `lane-${round % 3}`, attachment: round % 2 === 0 ? "process" : "detached" });
    await store.advance(400);
    if (round % 5 === 0) await store.scavenge?.();
  }
  await client.end();
  await store.close();
  const { breaches, records } = await auditFile(join(directory, "journal.ndjson"));
  expect(breaches).toEqual([]);
  expect(records).toBeGreaterThan(10);
});
