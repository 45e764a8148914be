/**
 * The implementations of this package, judged by the laws: lane-lease store, run host, worker plane, as they would
 * be by anybody else's adapter. Small and deterministic: the same seed, the same scripts. What each law has to
 * catch on an implementation is tried beside it.
 */
import type { MasterOptions, MasterPolicy } from "../worker-plane/index.js";
import { brokenHosts } from "./broken-run-hosts.js";
import type { Judged, JudgedMutant } from "./judged.js";
import { checkLeaseStore } from "./lease-kit.js";
import { type LeaseBreak, leaseBreaks, memoryLeaseStore } from "./memory-store.js";
import { ourLeaseStore } from "./our-lease-store.js";
import { ourRunHost } from "./our-run-host.js";
import { checkWorkerPlane } from "./plane-kit.js";
import type { PlaneOperation } from "./plane-operations.js";
import { judgePrograms } from "./plane-programs.js";
import type { ConformanceReport } from "./report.js";
import { checkRunHost } from "./run-kit.js";

/** How much is judged. */
export interface CheckOursOptions {
  /** Default 1. */
  readonly seed?: number;
  /** How much of it: 1 takes a few seconds. */
  readonly scale?: number;
}

/** Judges this package's lane-lease store, run host and worker plane; a line for each law and thing. */
export async function checkOurs({ seed = 1, scale = 1 }: CheckOursOptions = {}): Promise<readonly Judged[]> {
  const times = (runs: number): { seed: number; runs: number } => ({ seed, runs: Math.ceil(runs * scale) });
  const leases = await checkLeaseStore(ourLeaseStore(), times(6));
  const runs = await checkRunHost(ourRunHost(), times(10));
  const plane = await checkWorkerPlane(times(12));
  return [
    ...refined(leases, await leaseMutants()),
    ...refined(runs, await runMutants()),
    ...refined(plane, await planeMutants()),
    ...(await judgePrograms()),
  ];
}

/** Laws that cannot have been kept where the model was left are unknown, not kept. */
function refined(
  { judged, counterexamples }: Pick<ConformanceReport, "judged" | "counterexamples">,
  mutants: ReadonlyMap<string, readonly JudgedMutant[]>,
): readonly Judged[] {
  const [first] = counterexamples.flatMap(({ law, breach }) => (law === null ? [breach] : []));
  return judged
    .filter(({ verdict }) => verdict !== "vacuous")
    .map((one): Judged => {
      const all = { ...one, mutants: mutants.get(one.law) ?? [] };
      return first === undefined || one.verdict !== "holds" ? all : { ...all, verdict: "unknown", breach: first };
    });
}

/** Stores with one mistake each: caught when one of the laws it is meant for is breached. */
async function leaseMutants(): Promise<ReadonlyMap<string, readonly JudgedMutant[]>> {
  const found = new Map<string, JudgedMutant[]>();
  for (const name of Object.keys(leaseBreaks) as LeaseBreak[]) {
    const { change, laws, script } = leaseBreaks[name];
    const { judged } = await checkLeaseStore(memoryLeaseStore(name), { script });
    const caught = judged.some(({ law, verdict }) => verdict === "violated" && laws.some((one) => one === law));
    const [law] = laws;
    put(found, law, { name, change, caught });
  }
  return found;
}

interface BrokenMaster {
  readonly law: string;
  readonly name: string;
  readonly change: string;
  readonly policy: (right: Partial<MasterPolicy>) => Partial<MasterPolicy>;
  readonly script: readonly PlaneOperation[];
}

const sends: PlaneOperation = { op: "lease", target: "remote", effect: "send", run: "run-0" };
const captures: PlaneOperation = { op: "lease", target: "", effect: "capture", run: "run-0" };
const fails: PlaneOperation = { op: "end", which: 0, ok: false };

const brokenMasters: readonly BrokenMaster[] = [
  {
    law: "LL1",
    name: "silence is life",
    change: "a worker counts as alive for ten times as long as its beats say",
    policy: ({ heartbeatTtlMs = 0 }) => ({ heartbeatTtlMs: heartbeatTtlMs * 10 }),
    script: [sends, { op: "crash", worker: "remote" }, { op: "ticks", count: 6 }],
  },
  {
    law: "LL1",
    name: "callers wait on",
    change: "who waits is answered ten times as late as was said",
    policy: ({ waitMs = 0 }) => ({ waitMs: waitMs * 10 }),
    script: [sends, { op: "ticks", count: 10 }],
  },
  {
    law: "LL2",
    name: "handed out too early",
    change: "a lease is handed out again before its time is over",
    policy: ({ dispatchTtlMs = 0 }) => ({ dispatchTtlMs: dispatchTtlMs / 2 }),
    script: [sends, { op: "hold", worker: "remote" }, { ...fails, ok: true }, { op: "ticks", count: 3 }],
  },
  {
    law: "LL10",
    name: "completed leases stay",
    change: "more completed leases are kept than the retention says",
    policy: ({ completedLeasesMax = 0 }) => ({ completedLeasesMax: completedLeasesMax + 1 }),
    script: [captures, captures, { op: "ticks", count: 5 }, fails, fails],
  },
];

async function planeMutants(): Promise<ReadonlyMap<string, readonly JudgedMutant[]>> {
  const found = new Map<string, JudgedMutant[]>();
  for (const { law, name, change, policy, script: steps } of brokenMasters) {
    const broken = (options: MasterOptions): MasterOptions => {
      const right = options.policy ?? {};
      return { ...options, policy: { ...right, ...policy(right) } };
    };
    const script = { scene: "worker-plane", steps: steps.map((step) => JSON.stringify(step)) };
    const { judged } = await checkWorkerPlane({ script, change: broken });
    put(found, law, { name, change, caught: isBroken(judged, law) });
  }
  return found;
}

async function runMutants(): Promise<ReadonlyMap<string, readonly JudgedMutant[]>> {
  const found = new Map<string, JudgedMutant[]>();
  for (const { law, name, change, options, script } of brokenHosts) {
    const { judged } = await checkRunHost(ourRunHost(options), { script });
    put(found, law, { name, change, caught: isBroken(judged, law) });
  }
  return found;
}

function isBroken(judged: readonly Judged[], law: string): boolean {
  return judged.some((one) => one.law === law && one.verdict === "violated");
}

function put(found: Map<string, JudgedMutant[]>, law: string, mutant: JudgedMutant): void {
  found.set(law, [...(found.get(law) ?? []), mutant]);
}
