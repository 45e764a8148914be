/**
 * Short scripts of journal operations on a simulated disk, every image a crash in them can leave, and the
 * judgement of each image by the journal's laws.
 *
 * Each record carries one id; the fold is the list of ids with the `seq` they came under. So the state
 * itself shows which records are in it, in which order and under which numbers.
 */
import {
  type Decision,
  type Disk,
  type Fold,
  type Journal,
  JournalError,
  openJournal,
} from "../../src/journal/index.js";
import { simClock } from "./sim-clock.js";
import { type Image, SimWorld } from "./sim-disk.js";

export interface Ids {
  readonly ids: { readonly id: number; readonly seq: number }[];
}

export const idsFold: Fold<Ids> = {
  name: "ids",
  version: 1,
  initial: () => ({ ids: [] }),
  apply(state, { type, data }, { seq }) {
    if (type === "id") state.ids.push({ id: data["id"] as number, seq });
    return state;
  },
  checkpoint: ({ ids }) => ({ ids: ids.map(({ id, seq }) => [id, seq]) }),
  restore: ({ ids }) => ({
    ids: (ids as [number, number][]).map(([id, seq]) => ({ id, seq })),
  }),
};

/** How many events there were. */
export const tallyFold: Fold<{ readonly count: number }> = {
  name: "tally",
  version: 1,
  initial: () => ({ count: 0 }),
  apply: ({ count }) => ({ count: count + 1 }),
  checkpoint: ({ count }) => ({ count }),
  restore: ({ count }) => ({ count: count as number }),
};

export interface Law {
  readonly law: string;
  readonly detail: string;
}

/** Replaces parts of a disk by broken ones. */
export type Break = (disk: Disk) => Disk;

const directory = "/state";
/** So that records cross the ends of sectors in many ways. */
const paddings = [0, 210, 40, 330, 120];

export function appendId(id: number, durability: Decision<number>["durability"]): (state: Ids) => Decision<number> {
  const pad = "x".repeat(paddings[id % paddings.length] ?? 0);
  return () => ({ events: [{ type: "id", data: { id, pad } }], durability, result: id });
}

export function openIds(disk: Disk, recordsKept = 2, clock = simClock()): Promise<Journal<Ids>> {
  return openJournal({
    directory,
    fold: idsFold,
    disk,
    clock,
    compaction: { bytesMin: 1e9, recordsKept },
  });
}

/** What was promised, at one moment of a run. */
interface Promised {
  /** Ids in the order of the decisions. */
  readonly order: readonly number[];
  readonly durable: readonly number[];
  readonly relaxed: readonly number[];
}

export interface Survey {
  /** Pairs of a moment and an image it can leave. */
  images: number;
  distinct: number;
  /** Images that a crash during recovery can leave. */
  secondImages: number;
  secondDistinct: number;
  breaches: Law[];
}

export function emptySurvey(): Survey {
  return { images: 0, distinct: 0, secondImages: 0, secondDistinct: 0, breaches: [] };
}

/**
 * Runs a script once, takes every image at every call, and judges each. Stops at the first breach.
 *
 * Letters of a script: `d` `r`: process 1 appends, durable or relaxed; `D` `R`: process 2. `c` `C`: compacts.
 * `o`: process 1 closes and opens. `g`: two durable calls of process 1 at once. `b`: one of each process at once.
 */
export async function surveyScript(
  script: string,
  survey: Survey,
  cache: RecoveryCache,
  broken: Break = (disk) => disk,
): Promise<void> {
  const found = new Map<string, { image: Image; promised: Promised; killed: boolean }>();
  await runScript(script, broken, (image, promised, killed) => {
    survey.images += 1;
    found.set(`${killed ? "k" : "p"}${keyOf(image)}`, { image, promised, killed });
  });
  survey.distinct += found.size;
  for (const [key, { image, promised, killed }] of found) {
    const recovered = await cache.recover(key.slice(1), image, survey, 2, broken);
    const breach = "law" in recovered ? recovered : judge(recovered, promised, killed);
    if (breach !== null) {
      survey.breaches.push({ law: breach.law, detail: `script ${script}: ${breach.detail}` });
      return;
    }
  }
}

async function runScript(
  script: string,
  broken: Break,
  take: (image: Image, promised: Promised, killed: boolean) => void,
): Promise<void> {
  const world = new SimWorld();
  const promised = { order: [] as number[], durable: [] as number[], relaxed: [] as number[] };
  const takeAll = (bytes: Uint8Array | null, path: string): void => {
    const now = { order: [...promised.order], durable: [...promised.durable], relaxed: [...promised.relaxed] };
    for (const image of world.images()) take(image, now, false);
    for (const image of killedImages(world.cachedImage(), path, bytes)) take(image, now, true);
  };
  const first = world.process();
  const second = world.process();
  world.hook = ({ bytes, path }) => {
    takeAll(bytes, path);
    return undefined;
  };
  const journals = { 1: await openIds(broken(first.disk)), 2: await openIds(broken(second.disk)) };
  let lastId = 0;
  const add = async (process: 1 | 2, durability: "durable" | "relaxed"): Promise<void> => {
    const id = (lastId += 1);
    const decide = appendId(id, durability);
    await journals[process].transact((state) => {
      promised.order.push(id);
      return decide(state);
    });
    promised[durability].push(id);
  };
  for (const step of script) {
    if (step === "d" || step === "D") await add(step === "d" ? 1 : 2, "durable");
    else if (step === "r" || step === "R") await add(step === "r" ? 1 : 2, "relaxed");
    else if (step === "c" || step === "C") await journals[step === "c" ? 1 : 2].compact();
    else if (step === "g") await Promise.all([add(1, "durable"), add(1, "durable")]);
    else if (step === "b") await Promise.all([add(1, "durable"), add(2, "durable")]);
    else {
      await journals[1].close();
      journals[1] = await openIds(broken(first.disk));
    }
  }
  takeAll(null, "");
}

/**
 * Process 1 is killed at each of its calls in a script; process 2, which had it open, goes on and appends
 * durably; then the power is cut. `broken` is the disk of process 2. Returns how many images were judged, and the first breach.
 */
export async function surveyKilledPartner(
  script: string,
  broken: Break = (disk) => disk,
): Promise<{ readonly images: number; readonly breach: Law | null }> {
  let images = 0;
  for (let killAt = 1; ; killAt += 1) {
    const world = new SimWorld();
    const [first, second] = [world.process(), world.process()];
    const journals = [await openIds(first.disk), await openIds(broken(second.disk))] as const;
    let calls = 0;
    world.hook = ({ process }) => {
      calls += process === 1 ? 1 : 0;
      if (process !== 1 || calls < killAt) return undefined;
      first.end();
      return { errno: "EIO" };
    };
    const durable: number[] = [];
    for (const [index, step] of Array.from(`${script}DD`).entries()) {
      const journal = journals[step === "D" ? 1 : 0];
      const call = step === "c" ? journal.compact() : journal.transact(appendId(index, "durable"));
      const told = await call.then(() => true, () => false);
      if (told && step !== "c") durable.push(index);
    }
    for (const image of world.images()) {
      images += 1;
      const found = await recoverOnce(new SimWorld(image), (disk) => disk, () => undefined);
      const lost = "law" in found ? [] : durable.filter((id) => !idsOf(found).includes(id));
      const at = `script ${script}, process 1 killed at its call ${killAt}`;
      if ("law" in found) return { images, breach: { law: found.law, detail: `${at}: ${found.detail}` } };
      if (lost.length > 0) return { images, breach: { law: "JL1", detail: `${at}: lost [${String(lost)}]` } };
    }
    if (calls < killAt) return { images, breach: null };
  }
}

/** A process that is killed leaves the cache as it is, and any part of the append it was in. */
function* killedImages(cached: Image, path: string, bytes: Uint8Array | null): Generator<Image> {
  yield cached;
  const file = cached.get(path);
  if (bytes === null || file === undefined) return;
  for (const part of new Set([1, Math.floor(bytes.length / 2), bytes.length - 1])) {
    yield new Map([...cached, [path, Buffer.concat([file, bytes.subarray(0, part)])]]);
  }
}

type Recovered = Ids | Law;

/** Recovery of one image depends on nothing but the image: each is done once. */
export class RecoveryCache {
  readonly #done = new Map<string, Recovered>();

  async recover(key: string, image: Image, survey: Survey, depth: number, broken: Break): Promise<Recovered> {
    const cached = this.#done.get(key);
    if (cached !== undefined) return cached;
    const recovered = await this.#recover(image, survey, depth, broken);
    this.#done.set(key, recovered);
    return recovered;
  }

  /** Opens, reads, appends durably, and reads again in another process; cut at every call, while `depth` lasts. */
  async #recover(image: Image, survey: Survey, depth: number, broken: Break): Promise<Recovered> {
    const world = new SimWorld(image);
    const later = new Map<string, { image: Image; acknowledged: boolean }>();
    let acknowledged = false;
    const takeAll = (): void => {
      for (const next of world.images()) {
        survey.secondImages += 1;
        later.set(keyOf(next), { image: next, acknowledged });
      }
    };
    if (depth > 1) {
      world.hook = () => {
        takeAll();
        return undefined;
      };
    }
    const result = await recoverOnce(world, broken, () => (acknowledged = true));
    if ("law" in result) return result;
    if (depth > 1) takeAll();
    survey.secondDistinct += later.size;
    for (const [key, next] of later) {
      const again = await this.recover(key, next.image, survey, depth - 1, broken);
      const breach = "law" in again ? again : judgeAgain(result, again, next.acknowledged);
      if (breach !== null) return { law: breach.law, detail: `crash in recovery: ${breach.detail}` };
    }
    return result;
  }
}

const probeId = 999;

async function recoverOnce(world: SimWorld, broken: Break, acknowledged: () => void): Promise<Recovered> {
  try {
    const journal = await openIds(broken(world.process().disk));
    const { state, damage } = await journal.read();
    const found = { ids: [...state.ids] };
    if (damage.length > 0) return { law: "JL2", detail: `a crash reads as damage: ${JSON.stringify(damage)}` };
    await journal.transact(appendId(probeId, "durable"));
    acknowledged();
    await journal.close();
    const other = await openIds(broken(world.process().disk));
    const after = await other.read();
    await other.close();
    const expected = [...idsOf(found), probeId];
    if (JSON.stringify(idsOf(after.state)) !== JSON.stringify(expected) || after.damage.length > 0) {
      return { law: "JL3", detail: `after recovery [${String(expected)}] reads as [${String(idsOf(after.state))}]` };
    }
    const misnumbered = after.state.ids.find(({ seq }, index) => seq !== index + 1);
    if (misnumbered !== undefined) return { law: "JL7", detail: JSON.stringify(after.state.ids) };
    return found;
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return { law: "JL8", detail: `recovery failed: ${error.message}` };
  }
}

function judge(recovered: Ids, promised: Promised, killed: boolean): Law | null {
  const found = idsOf(recovered);
  const is = `recovered [${String(found)}] of [${String(promised.order)}]`;
  const lost = promised.durable.filter((id) => !found.includes(id));
  if (lost.length > 0) return { law: "JL1", detail: `${is}, lost [${String(lost)}], acknowledged as durable` };
  const forgotten = killed ? promised.relaxed.filter((id) => !found.includes(id)) : [];
  if (forgotten.length > 0) return { law: "JL1", detail: `${is}, lost [${String(forgotten)}] though the host ran on` };
  const prefix = promised.order.slice(0, found.length);
  if (String(prefix) !== String(found)) return { law: "JL2", detail: `${is}: no prefix` };
  return null;
}

/** What recovery found was on the medium: a crash in it loses none of that. */
function judgeAgain(before: Ids, after: Ids, acknowledged: boolean): Law | null {
  const without = String(idsOf(before));
  const withProbe = String([...idsOf(before), probeId]);
  const found = String(idsOf(after));
  if (found === withProbe || (!acknowledged && found === without)) return null;
  return { law: "JL1", detail: `[${without}] became [${found}]` };
}

function idsOf({ ids }: Ids): readonly number[] {
  return ids.map(({ id }) => id);
}

/** Recovery looks at the log alone: leftovers under other names only get removed. */
function keyOf(image: Image): string {
  const parts = [...image]
    .filter(([path]) => path.endsWith(".ndjson") || path.endsWith("/"))
    .map(([path, bytes]) => `${path}\0${bytes.toString("latin1")}`);
  return parts.sort().join("\u0001");
}
