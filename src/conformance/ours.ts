/**
 * The implementations of this package, judged by the laws: lane-lease store, run host, worker plane, as they would
 * be by anybody else's adapter. Small and deterministic: the same seed, the same scripts. What each law has to
 * catch on an implementation is tried beside it.
 */
import type { Runs } from "../run/index.js";
import type { Judged, JudgedMutant } from "./judged.js";
import { type ConformanceReport, checkLeaseStore } from "./lease-kit.js";
import { type LeaseBreak, leaseBreaks, memoryLeaseStore } from "./memory-store.js";
import { ourLeaseStore } from "./our-lease-store.js";
import { type OurRunOptions, ourRunHost } from "./our-run-host.js";
import { checkWorkerPlane } from "./plane-kit.js";
import { judgePrograms } from "./plane-programs.js";
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
  const strayed = plane.divergence === null ? [] : [plane.divergence];
  return [
    ...refined(leases, [], await leaseMutants()),
    ...refined(runs, [], await runMutants(times(3))),
    ...refined({ judged: plane.judged, counterexamples: [] }, strayed, new Map()),
    ...(await judgePrograms()),
  ];
}

/** Laws that cannot have been kept where the model was left are unknown, not kept. */
function refined(
  { judged, counterexamples }: Pick<ConformanceReport, "judged" | "counterexamples">,
  more: readonly string[],
  mutants: ReadonlyMap<string, readonly JudgedMutant[]>,
): readonly Judged[] {
  const strayed = [...counterexamples.flatMap(({ law, breach }) => (law === null ? [breach] : [])), ...more];
  const [first] = strayed;
  return judged
    .filter(({ verdict }) => verdict !== "vacuous")
    .map((one): Judged => {
      const all = { ...one, mutants: mutants.get(one.law) ?? [] };
      return first === undefined || one.verdict !== "holds" ? all : { ...all, verdict: "unknown", breach: first };
    });
}

interface Times {
  readonly seed: number;
  readonly runs: number;
}

/** Stores with one mistake each: caught when one of the laws it is meant for is breached. */
async function leaseMutants(): Promise<ReadonlyMap<string, readonly JudgedMutant[]>> {
  const found = new Map<string, JudgedMutant[]>();
  for (const name of Object.keys(leaseBreaks) as LeaseBreak[]) {
    const { change, laws, script } = leaseBreaks[name];
    const { judged } = await checkLeaseStore(memoryLeaseStore(name), { script });
    const caught = judged.some(({ law, verdict }) => verdict === "violated" && laws.some((one) => one === law));
    const [law] = laws;
    found.set(law, [...(found.get(law) ?? []), { name, change, caught }]);
  }
  return found;
}

interface BrokenHost {
  readonly law: string;
  readonly name: string;
  readonly change: string;
  readonly options: OurRunOptions;
}

const brokenHosts: readonly BrokenHost[] = [
  {
    law: "L8",
    name: "a listener is called twice",
    change: "the commit point and the monitor both call",
    options: { hears: (change) => [change, change] },
  },
  {
    law: "L8",
    name: "a listener is not called",
    change: "a change to canceled reaches nobody",
    options: { hears: (change) => (change.to.status === "canceled" ? [] : [change]) },
  },
  {
    law: "L16",
    name: "queued is skipped",
    change: "the monitor lists the runs that were launched",
    options: { change: withoutQueued },
  },
];

function withoutQueued(runs: Runs): Runs {
  const { store } = runs;
  const active = async () => (await store.list()).filter(({ view }) => view.status !== "queued");
  return { ...runs, store: new Proxy(store, { get: (of, key) => (key === "active" ? active : bound(of, key)) }) };
}

function bound(of: object, key: string | symbol): unknown {
  const value = Reflect.get(of, key) as unknown;
  return typeof value === "function" ? (value.bind(of) as unknown) : value;
}

async function runMutants(times: Times): Promise<ReadonlyMap<string, readonly JudgedMutant[]>> {
  const found = new Map<string, JudgedMutant[]>();
  for (const { law, name, change, options } of brokenHosts) {
    const { judged } = await checkRunHost(ourRunHost(options), times);
    const caught = judged.some((one) => one.law === law && one.verdict === "violated");
    found.set(law, [...(found.get(law) ?? []), { name, change, caught }]);
  }
  return found;
}
