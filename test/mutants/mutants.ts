/**
 * Changes of the implementation that a test has to catch: one named change of one file each, the law it goes
 * against, and the tests that are run on it. `find` occurs exactly once in its file.
 */
export interface ImplementationMutant {
  readonly name: string;
  /** The law it goes against; null: a promise of the module that no law states. */
  readonly law: string | null;
  readonly file: string;
  readonly find: string;
  readonly put: string;
  /** Test files, without folder and ending. */
  readonly tests: readonly string[];
}

interface Change {
  readonly name: string;
  readonly law: string | null;
  readonly find: string;
  readonly put: string;
}

function inFile(file: string, tests: readonly string[], ...changes: readonly Change[]): readonly ImplementationMutant[] {
  return changes.map((change) => ({ file, tests, ...change }));
}

const laneTests = ["lane-lease", "lane-fold", "lease-model"];
const storeTests = ["lease-store", "conformance"];
const runTests = ["run-store", "run-monitor-loop", "conformance"];
const journalTests = ["journal-behaviour", "journal-contention", "journal-faults", "journal-maintenance", "crash/enumeration"];
const planeTests = ["conformance-plane", "worker-plane-laws", "worker-plane-worker", "worker-plane-wire"];
const lintTests = ["lint-ratchet", "lint-projects", "lint-configuration", "lint-corpus"];

export const implementationMutants: readonly ImplementationMutant[] = [
  ...inFile(
    "spec/lane-lease/granted.ts",
    ["lane-fold"],
    { name: "a list with holes is taken for a list of names", law: null, find: "  return copy;", put: "  return list;" },
    { name: "a request that says more than it may is read without the schema", law: null, find: "  if (meta !== undefined) return null;\n", put: "" },
    { name: "an answer changes with what was asked", law: null, find: "    process: shown(process),", put: "    process," },
    { name: "a waiter that was granted stays in the queue", law: "NL9", find: "  if (waiterId !== null) written.waiterId = waiterId;\n", put: "" },
  ),
  ...inFile(
    "spec/lane-lease/queries.ts",
    ["lease-store"],
    { name: "what a record leaves out is not shown", law: null, find: "reading.success ? { ...reading.data, ...data } : data", put: "data" },
    { name: "history shows the hash of a secret", law: null, find: "  const { secretHash: _hash, ...shown } = whole as LaneJsonObject;\n", put: "  const shown = whole as LaneJsonObject;\n" },
  ),
  ...inFile(
    "src/journal/scan.ts",
    journalTests,
    { name: "nobody looks whether the end of what was read still stands", law: "JL4", find: "checksumField(window, 0) === lineCrc", put: "checksumField(window, 0) !== null" },
  ),
  ...inFile(
    "spec/lane-lease/rules.ts",
    laneTests,
    { name: "token reused", law: "NL2", find: "mint: (state) => state.tokenMark + 1,", put: "mint: (state) => Math.max(1, state.tokenMark)," },
    { name: "adoption keeps the token", law: "NL5", find: "mintForAdoption: (state) => state.tokenMark + 1,", put: "mintForAdoption: (_state, entry) => entry.record.fencingToken," },
    { name: "anybody is the holder", law: "NL3", find: "isHolder: (entry, secretHash) => entry.secretHash === secretHash,", put: "isHolder: () => true," },
    { name: "window of elision is the TTL", law: "NL7", find: "age < Math.min(coalesceMs, laneCoalesceMsMax(ttlMs)),", put: "age < Math.min(coalesceMs, ttlMs + laneCoalesceMsMax(0)),", },
  ),
  ...inFile(
    "spec/lane-lease/stamp.ts",
    laneTests,
    { name: "ages across boots", law: "NL6", find: 'if (stamp.bootId !== now.bootId) return "unknown";', put: "" },
    { name: "the future is young", law: "NL6", find: 'return age >= 0 ? age : "unknown";', put: "return Math.max(0, age);" },
    { name: "wall clock", law: "NL6", find: "const age = now.monotonicMs - stamp.monotonicMs;", put: "const age = now.wallMs - stamp.wallMs;" },
  ),
  ...inFile(
    "spec/lane-lease/record.ts",
    laneTests,
    { name: "dead at its TTL", law: "NL6", find: 'if (ageMs > ttlMs) return { standing: "dead", cause: "ttl" };', put: 'if (ageMs >= ttlMs) return { standing: "dead", cause: "ttl" };' },
    { name: "processes are not looked at", law: "NL6", find: 'if (holderGone) return "process-gone";', put: "" },
  ),
  ...inFile(
    "spec/lane-lease/lane-lease.machine.ts",
    laneTests,
    { name: "late beats count", law: "NL4", find: 'guard: and(["ofHolder", "isLive"])', put: 'guard: and(["ofHolder"])' },
    { name: "expired leases are adopted", law: "NL5", find: '          not("isExpired"),\n', put: "" },
    { name: "a wrong secret is heard", law: "NL3", find: '"authentic" in event && event.authentic', put: '"authentic" in event' },
    { name: "no compare-and-swap", law: "NL5", find: "return event.previousToken === context.fencingToken;", put: "return true;" },
  ),
  ...inFile(
    "spec/lane-lease/decide-acquire.ts",
    laneTests,
    { name: "granted over what nobody can read", law: "JL8", find: 'if (state.unreadable.count > 0) return refuse(asked, "unreadable-record");', put: "" },
    { name: "the queue is passed over", law: "NL9", find: 'if (ahead.length > 0) return refuseOrWait(asked, "waiters-ahead");', put: "" },
    { name: "conflicts are granted", law: "NL1", find: "if (rivals.inTheWay.length > 0)", put: "if (rivals.inTheWay.length > 1)" },
  ),
  ...inFile(
    "spec/lane-lease/admission.ts",
    laneTests,
    { name: "regions do not count", law: "NL1", find: "return regionsIntersect(compileRegion(one.region), compileRegion(other.region));", put: "return compileRegion(one.region) === undefined;" },
    { name: "one shared is enough", law: "NL1", find: 'if (one.mode === "shared" && other.mode === "shared") return false;', put: 'if (one.mode === "shared" || other.mode === "shared") return false;' },
  ),
  ...inFile(
    "spec/lane-lease/checkpoint.ts",
    ["lane-fold", "lane-lease"],
    { name: "high-water mark forgotten", law: "NL2", find: "state.tokenMark = kept.tokenMark;", put: "state.tokenMark = Math.max(0, ...kept.leases.map((one) => one.record.fencingToken));" },
  ),
  ...inFile(
    "src/lease/engine.ts",
    storeTests,
    { name: "bytes are taken after the record", law: "NL6", find: "claim?.take(operation, numberGiven(state, decision.events));", put: "claim?.take(operation, null);" },
    { name: "nobody counts as gone", law: "NL6", find: "holders?.isGone(number) === true", put: "holders?.isGone(number) === undefined" },
  ),
  ...inFile(
    "src/lease/file-store.ts",
    storeTests,
    { name: "a grant that may be recorded is forgotten", law: null, find: "      if (granted !== null) keep(parts, error, call, { type: \"acquire\", outcome: withSecret(granted, secret) });\n", put: "" },
  ),
  ...inFile(
    "src/lease/keeper.ts",
    storeTests,
    { name: "nobody tells the holder", law: "NL8", find: 'else if (mustStop()) lose("renew-deadline");', put: "" },
  ),
  ...inFile(
    "src/lease/holders.ts",
    storeTests,
    { name: "own leases count as gone", law: "NL6", find: "open && !held.has(number) && !lock.isHeld(number)", put: "open && !lock.isHeld(-number - 1)" },
  ),
  ...inFile(
    "src/run/store.ts",
    runTests,
    { name: "anybody may append a status", law: "L4", find: 'if (!holds(capability, this)) throw new RunError({ code: "run/no-capability", run });', put: "" },
    { name: "a run is created twice", law: null, find: 'if (state.runs.has(data.run)) throw new RunError({ code: "run/exists", run: data.run });', put: "" },
  ),
  ...inFile(
    "src/run/store.ts",
    ["run-store", "host-monitor", "conformance"],
    { name: "the log asks for no fence", law: "L20", find: "      refuseFenced(state, under);\n      const { commit", put: "      const { commit" },
    { name: "the fence is looked at before the lock", law: "L20", find: "    return await this.#journal.transact((state, at) => {\n      refuseFenced(state, under);", put: "    await this.checkFence(under);\n    return await this.#journal.transact((state, at) => {" },
    { name: "a lower token takes the place of a higher one", law: "L20", find: "const fence = above ? own : newest + 1;", put: "const fence = own;" },
  ),
  ...inFile(
    "src/host/actions.ts",
    ["host-monitor"],
    { name: "a session is ended without a look at the fence", law: "L20", find: "  await host.runs.store.checkFence(under);\n  const killed", put: "  const killed" },
  ),
  ...inFile(
    "src/host/monitor.ts",
    ["host-monitor"],
    { name: "a late monitor raises the next token", law: "L20", find: "  if ((await lossOf(host, proof)) !== null) return null;\n", put: "" },
    {
      name: "the leases are asked for the number of a lease, not for its holder",
      law: "L20",
      find: "(await lossOf(host, proof)) !== null)",
      put: '(await host.leases.checkFence(token, { lane: monitorLane })).outcome !== "current")',
    },
  ),
  ...inFile(
    "src/host/settle.ts",
    ["host-monitor"],
    { name: "an issue is marked without a look at the fence", law: "L20", find: "  await host.runs.store.checkFence(under);\n  const changed", put: "  const changed" },
  ),
  ...inFile(
    "src/host/tree-lease.ts",
    ["host-monitor"],
    { name: "a run's lease is taken again without a look at the fence", law: "L20", find: "    await this.#host.runs.store.checkFence(this.#under);\n", put: "" },
    { name: "a successor's secret is removed", law: null, find: "if (secrets.read(run)?.leaseId === leaseId) secrets.remove(run);", put: "secrets.remove(run);" },
  ),
  ...inFile(
    "src/run/commit-point.ts",
    ["model/run-host-commands"],
    { name: "listeners hear of what may be taken back", law: "L8", find: "await this.#options.store.getDurable(run)", put: "await this.#options.store.get(run)" },
  ),
  ...inFile(
    "src/journal/scan.ts",
    ["journal-behaviour"],
    { name: "what one read does not hold is not looked for", law: "JL7", find: "if (used === got && (got === suffixBytes || first + got >= size)) {", put: "if (used === got) {" },
  ),
  ...inFile(
    "src/journal/sync-data.ts",
    ["journal-sync-data"],
    { name: "a failed sync on this thread is none", law: "JL1", find: "          failure = error as Error;", put: "          failure = null;" },
    { name: "the event loop waits for as long as there are calls", law: null, find: "if (ended - turnedAt < turnMs)", put: "if (ended - turnedAt < Infinity)" },
  ),
  ...inFile(
    "src/run/commit-point.ts",
    runTests,
    { name: "listeners hear twice", law: "L8", find: "    if (change !== null) this.#listeners.tell(change);\n    return {", put: "    if (change !== null) this.#listeners.tell(change);\n    if (change !== null) this.#listeners.tell(change);\n    return {" },
    { name: "listeners hear nothing", law: "L8", find: "    if (change !== null) this.#listeners.tell(change);\n    return {", put: "    return {" },
    { name: "decided on what was seen before the lock", law: "L15", find: "const decision = this.#decide(newest, observation, now);", put: "const decision = this.#decide(seen ?? newest, observation, now);" },
    { name: "memory is not replaced", law: "L11a", find: "this.#cores.set(run, decided.core);", put: "" },
    { name: "evidence is not asked for", law: "L5", find: "return { view: folded(decided), effects: decided.effects, change };", put: "return { view: folded(decided), effects: decided.effects.filter(isDurable), change };" },
  ),
  ...inFile(
    "src/run/monitor.ts",
    runTests,
    { name: "queued runs are skipped", law: "L16", find: "const runs = await store.active();", put: 'const runs = (await store.active()).filter((one) => one.view.status !== "queued");' },
    { name: "a tick goes on after an end", law: "L4", find: 'if (outcome === "failed" || ends(outcome)) return;', put: 'if (outcome === "failed") return;' },
  ),
  ...inFile(
    "src/journal/native-locks.ts",
    ["journal-contention"],
    { name: "a held lock costs a stack trace", law: null, find: "      Reflect.set(Error, \"stackTraceLimit\", 0);\n", put: "" },
    { name: "the program loses its stack traces", law: null, find: "        Reflect.set(Error, \"stackTraceLimit\", limit);\n", put: "" },
  ),
  ...inFile(
    "src/journal/process-lock.ts",
    ["journal-contention", "journal-processes"],
    { name: "a wait that fails leaves the turnstile closed", law: null, find: "      if (turnstile) this.#disk.unlock(this.#file, { offset: turnstileByte, length: 1 });\n      throw error;", put: "      throw error;" },
    { name: "a mark outlives the file", law: null, find: "      if (length < this.#textLength) this.#text.fill(\" \", length);\n", put: "" },
  ),
  ...inFile(
    "src/journal/committer.ts",
    journalTests,
    { name: "acknowledged without a sync", law: "JL1", find: "        await site.disk.syncData(file.handle, waiters.length === 1 && this.#calls.length === 0);\n", put: "        await Promise.resolve(site);\n" },
    { name: "names are not synced", law: "JL1", find: "    await syncNames(this.#parts.site);\n    file.nameIsDurable = true;", put: "    file.nameIsDurable = (await Promise.resolve(syncNames)).length > 0;" },
    { name: "half a record is left behind", law: "JL3", find: "if (written > kept) site.disk.truncate(handle, start + kept);", put: "" },
    { name: "a failed sync is forgotten", law: "JL1", find: "        lock.markSuspect(file.identity);\n        follower.forget();\n        throw error;", put: "        follower.forget();\n        throw error;" },
    { name: "damage does not stop a writer", law: "JL8", find: "    let view = follower.followed ?? follower.catchUpNow();\n    refuseDamage(site, view);", put: "    let view = follower.followed ?? follower.catchUpNow();" },
    { name: "writes without the lock", law: "JL7", find: "return this.#parts.lock.tryAcquire() && this.#keepLockAtTheEnd();", put: "return (this.#parts.lock.tryAcquire() || true) && this.#keepLockAtTheEnd();" },
    { name: "goes on with a file that a failed sync let go of", law: "JL3", find: "        do view = await this.#mend();\n        while (follower.followed !== view);", put: "        view = await this.#mend();" },
    { name: "cuts a file that was closed meanwhile", law: "JL3", find: "await torn.file.during(() => cutTornTail(site, torn, tail))", put: "await cutTornTail(site, torn, tail)" },
    { name: "decides on what it has not read", law: "JL7", find: "      if (unbounded) follower.catchUpNow();\n", put: "" },
    { name: "reads only under the lock what others wrote before", law: null, find: "    if (this.#isContended) this.#readAhead();\n", put: "" },
    { name: "reads only under the lock what others wrote while it waited", law: null, find: "await lock.acquire(this.#readAhead);", put: "await lock.acquire();" },
    { name: "a torn tail is not cut", law: "JL3", find: 'if (tail.kind === "torn") {', put: 'if (tail.kind === "torn" && tail.length < 0) {' },
  ),
  ...inFile(
    "src/journal/housekeeping.ts",
    journalTests,
    { name: "a cut is not synced", law: "JL3", find: "    cut = true;\n    await disk.syncData(view.file.handle);", put: "    cut = true;" },
    { name: "compaction keeps nothing", law: "JL6", find: "const lines = view.linesToKeep();", put: "const lines = view.linesToKeep().slice(0, 0);" },
  ),
  ...inFile(
    "src/journal/chain.ts",
    ["journal-bytes", "journal-behaviour", "journal-faults"],
    { name: "predecessors are not compared", law: "JL4", find: "    if (record.prev !== this.crc) return false;\n", put: "" },
  ),
  ...inFile(
    "src/journal/record.ts",
    ["journal-bytes", "journal-behaviour"],
    { name: "checksums are not compared", law: "JL4", find: "  if (crc !== stated) return bad(", put: "  if (crc !== stated && crc < 0) return bad(" },
  ),
  ...inFile(
    "src/worker-plane/registry.ts",
    planeTests,
    { name: "an older process takes over", law: "LL4", find: 'if (this.active(known) && bornAtMs < known.bornAtMs) return "worker-plane/superseded";', put: "" },
    { name: "mutations do not exclude each other", law: "LL9", find: "runMutating: mutation !== undefined,", put: "runMutating: false," },
    { name: "seen leases stay", law: "LL10", find: "    if (completed) this.leases.delete(id);\n    else {", put: "    {" },
    { name: "nothing is evicted", law: "LL10", find: "if (kept <= this.policy.completedLeasesMax || oldest === null) return null;", put: "if (kept >= 0 || oldest === null) return null;" },
    { name: "any process of the id may speak", law: "LL4", find: "return entry?.incarnation === incarnation ? entry : null;", put: 'return incarnation === "" ? null : (entry ?? null);' },
    { name: "another worker's word counts", law: "LL8", find: 'return entry.worker === sender.worker ? entry : "worker-plane/foreign-worker";', put: "return entry;" },
    { name: "abandoned leases stay", law: "LL1", find: "if (!abandoned || this.active(this.workers.get(entry.worker))) continue;", put: "if (abandoned || this.active(this.workers.get(entry.worker))) continue;" },
    { name: "a local target is anybody's", law: "LL6", find: "return [...this.workers.values()].find((worker) => worker.number === number);", put: "return [...this.workers.values()].findLast((worker) => worker.number >= number);" },
    { name: "callers are not told of a restart", law: "LL4", find: 'if (waiter === "gotLost") lost.push(id);', put: 'if (waiter === "gotResult") lost.push(id);' },
  ),
  ...inFile(
    "src/lint/judge.ts",
    lintTests,
    { name: "unlisted writers pass", law: "WS1", find: "    ...unlisted.map((write) => about.write(write)),\n", put: "" },
    { name: "a writer's name is a prefix", law: "WS2", find: "name.startsWith(`${symbol}.`)", put: "name.startsWith(symbol)" },
    { name: "files are not compared", law: "WS1", find: "if (site.slice(0, at) !== file) return false;", put: 'if (file === "") return false;' },
    { name: "the ratchet is not asked", law: "WS3", find: "    ...about.ratchet(lock, report),\n", put: "" },
    { name: "what cannot be read passes", law: "WS1", find: "evidence.unread.map((unread) => unreadFinding(unread, lines));", put: "evidence.unread.slice(0, 0).map((unread) => unreadFinding(unread, lines));" },
  ),
];
