/**
 * LL5 and LL7 on the running worker plane: what effects are executed from, and where file systems are looked at.
 * No model decides them; the laws are predicates on what was recorded here. Broken programs are judged the same way.
 */
import {
  type ExecutionRecord,
  snapshotBreach,
  snapshotSufficiency,
  snapshotWitness,
} from "../../laws/worker-lease/ll5-snapshot-sufficiency.js";
import {
  type TreeEvent,
  type TreeState,
  hostBreach,
  hostConfinement,
  hostWitness,
} from "../../laws/worker-lease/ll7-host-confinement.js";
import { leaseEffect } from "../../spec/vocabulary/worker.js";
import {
  type Execute,
  type Json,
  type Master,
  type WorkTreeOf,
  type WorkerProcess,
  type WorkTrees,
  createMaster,
  createWorker,
  executeWorkTree,
  inProcessTransport,
  inspectWorkTree,
  removeWorkTree,
} from "../worker-plane/index.js";
import { type Judged, type JudgedMutant, scopeOf } from "./judged.js";
import { type SimulatedClock, arrive, simulatedClock } from "./simulated-plane.js";

export async function judgePrograms(): Promise<readonly Judged[]> {
  const executed = await executions(fromSnapshot);
  const peeked = snapshotBreach(await executions(fromOwnStore));
  const looked = await treeHistory(inspectWorkTree);
  const careless = hostBreach(await treeHistory(takesSilenceForAbsence));
  const falling = hostBreach(await treeHistory(fallsBackToItself));
  return [
    judgedOf(snapshotSufficiency.id, snapshotBreach(executed), snapshotWitness(executed), executed.length, [
      { name: "own store first", change: "the run is looked up in the worker's own store", caught: peeked !== null },
    ]),
    judgedOf(hostConfinement.id, hostBreach(looked), hostWitness(looked), looked.length, [
      { name: "silence is absence", change: "no answer is taken for no work tree", caught: careless !== null },
      { name: "own host instead", change: "the master looks at its own host", caught: falling !== null },
    ]),
  ];
}

function judgedOf(law: string, breach: string | null, witness: boolean, steps: number, mutants: readonly JudgedMutant[]): Judged {
  const verdict = breach !== null ? "violated" : witness ? "holds" : "vacuous";
  const judged = witness ? steps : 0;
  const scope = scopeOf(1, steps);
  return { law, on: "worker plane", verdict, scope, scripts: 1, steps, judged, breach, replay: null, mutants };
}

/** A master on a simulated clock, and a way to give it workers. */
export interface Plane {
  readonly master: Master;
  readonly clock: SimulatedClock;
  worker(id: string, execute: Execute): Promise<WorkerProcess>;
}

/** A plane that serves; close its master. */
export async function openPlane(): Promise<Plane> {
  const clock = simulatedClock();
  const { master: inward, worker: transport } = inProcessTransport({ clock });
  const master = createMaster({ clock, policy: { heartbeatTtlMs: 1_000, waitMs: 5_000 } });
  await master.serve(inward);
  const worker: Plane["worker"] = async (id, execute) => {
    const made = createWorker({ id, transport, execute, clock });
    await made.registered;
    return made;
  };
  return { master, clock, worker };
}

async function withPlane(work: (plane: Plane) => Promise<void>): Promise<void> {
  const plane = await openPlane();
  try {
    await work(plane);
  } finally {
    await plane.master.close();
  }
}

/** A worker's own store: runs it believes to know. */
type Store = Readonly<Record<string, string>>;

/** What a session host would do with each effect: a function of the snapshot. */
export const fromSnapshot =
  (_store: Store): Execute =>
  ({ effect, run, snapshot }) => ({ effect, run, did: snapshot });

/** Broken: the run is looked up in the worker's own store first. */
export const fromOwnStore =
  (store: Store): Execute =>
  ({ effect, run, snapshot }) => {
    if (!(run in store)) throw new Error(`run ${run} is gone`);
    return { effect, run, did: snapshot };
  };

/** Every effect, over an empty store, over one that contradicts its payload, over one of another run. */
export async function executions(program: (store: Store) => Execute): Promise<readonly ExecutionRecord[]> {
  const found: ExecutionRecord[] = [];
  const stores: readonly Store[] = [{}, { "run-7": "canceled" }, { "run-8": "running" }];
  for (const [index, store] of stores.entries()) {
    const id = `host-${index}`;
    await withPlane(async ({ master, worker }) => {
      await worker(id, program(store));
      for (const effect of leaseEffect.options) {
        const snapshot: Json = { session: "agent-7", branch: "topic", wants: effect };
        const outcome = await master.lease({ target: id, effect, run: "run-7", snapshot });
        const word = JSON.stringify({ ...outcome, lease: "" });
        found.push({ worker: id, effect, payload: JSON.stringify(snapshot), store: JSON.stringify(store), word });
      }
    });
  }
  return found;
}

/** A question about a work tree, as a host asks it. */
export type Ask = (master: Pick<Master, "lease">, tree: WorkTreeOf) => Promise<{ readonly state: string }>;

/** Broken: no answer is taken for no work tree. */
export const takesSilenceForAbsence: Ask = async (master, tree) => {
  const { state } = await inspectWorkTree(master, tree);
  return { state: state === "unavailable" ? "absent" : state };
};

/** Broken: the master looks at its own host instead. */
export const fallsBackToItself: Ask = async (master, tree) => {
  const answer = await inspectWorkTree(master, tree);
  return answer.state === "unavailable" ? inspectWorkTree(master, { ...tree, worker: "" }) : answer;
};

/** Two hosts: the run's tree is on `remote`, which comes late, is sick, and leaves; `local` has none at its path. */
export async function treeHistory(inspect: Ask): Promise<readonly TreeEvent[]> {
  const events: TreeEvent[] = [];
  const trees = new Map([["remote", new Set(["/trees/7"])]]);
  await withPlane(async (plane) => {
    const ask = asking(plane, events);
    await plane.worker("local", hostOf("local", trees, events, false));
    await ask(inspect, "remote");
    const sick = await plane.worker("remote", hostOf("remote", trees, events, true));
    await ask(inspect, "remote");
    await sick.stop();
    const remote = await plane.worker("remote", hostOf("remote", trees, events, false));
    await ask(inspect, "remote");
    await ask(inspect, "");
    await ask(removeWorkTree, "remote");
    await ask(inspect, "remote");
    await ask(removeWorkTree, "remote");
    await remote.stop();
    await ask(removeWorkTree, "remote");
  });
  return events;
}

function asking({ master, clock }: Plane, events: TreeEvent[]) {
  let questions = 0;
  const path = "/trees/7";
  return async (how: Ask, target: string): Promise<void> => {
    const question = (questions += 1);
    events.push({ type: "asked", question, worker: target === "" ? "local" : target, path });
    const answering = how(master, { run: "run-7", worker: target, path });
    await arrive();
    for (let wait = 0; wait < 60; wait += 1) clock.advance(100);
    await arrive();
    const { state } = await answering;
    events.push({ type: "answered", question, state: state as TreeState | "unavailable" });
  };
}

function hostOf(id: string, trees: ReadonlyMap<string, Set<string>>, events: TreeEvent[], sick: boolean): Execute {
  const look = <T extends TreeState>(path: string, found: T): Promise<T> => {
    events.push({ type: "looked", worker: id, path, state: sick ? null : found });
    return sick ? Promise.reject(new Error("EIO: the disk does not answer")) : Promise.resolve(found);
  };
  const port: WorkTrees = {
    inspect: (path) => look(path, trees.get(id)?.has(path) === true ? "present" : "absent"),
    remove: (path) => look(path, !sick && trees.get(id)?.delete(path) === true ? "removed" : "absent"),
  };
  return (assignment, signal) => executeWorkTree(port, assignment, signal);
}
