/**
 * Paths of a lane lease as scripts of `lane-contention`, for the conformance kit to perform on the store: it compares every
 * state with the model's and asks the laws. A path that no scene can show has no script: the events of a machine may come
 * in any order and at any time, those of a system have principals and a clock behind them. What laws compare is compared
 * where a script ends.
 */
import { laneLeaseLaws } from "../../laws/lane-lease/index.js";
import { laneContention } from "../../spec/systems/lane-contention.js";
import { type ContentionParameters, type ContentionState, attachmentsOf } from "../../spec/systems/lane-contention-state.js";
import type { Stamp } from "../../spec/vocabulary/lane.js";
import { actionTable, runScript } from "../../src/checker/index.js";
import type { ConformanceScript } from "../../src/conformance/index.js";
import { type ObservedStep, checksOn, createLawJudge } from "../../src/conformance/law-judge.js";
import { type Scene, scenesFor } from "../../src/conformance/lease-scenes.js";
import type { Fields } from "./path-drivers.js";
import type { Walk } from "./path-walks.js";

const features = ["processes", "regions", "adopts", "fences", "compacts", "sweeps", "stepsWall", "reboots", "waits"] as const;
const scenes: readonly Scene[] = scenesFor(Object.fromEntries(features.map((feature) => [feature, true])) as never);

/** An event, and whether the machine takes it. */
interface Happening {
  readonly event: Fields;
  readonly taken: boolean;
}

/** Who records the end of a lease: a sweep, or a rival that asks for its lane. */
type End = "sweep" | "rival";

/** The path in each scene that can show it, told in as many ways as there are. */
export function laneScripts({ subject, beginning, path }: Walk): readonly ConformanceScript[] {
  let record = subject.initial(beginning);
  const happenings = path.map((event): Happening => {
    const { next, taken } = subject.compiled.step(record, event);
    record = next;
    return { event, taken: taken !== -1 };
  });
  const ends: readonly End[] = path.some(({ type }) => type === "lease.scavenged") ? ["sweep", "rival"] : ["sweep"];
  return scenes.flatMap((scene) =>
    ends.flatMap((end) => {
      const steps = new LaneScript(scene.parameters, end).through(happenings);
      return steps === null || stepsOf(scene, steps) === null ? [] : [{ scene: scene.name, steps }];
    }),
  );
}

/** What the model makes of a script. Null: a step of it cannot be made. */
function stepsOf({ actions, families, model }: Scene, steps: readonly string[]): readonly ObservedStep[] | null {
  const made: ObservedStep[] = [];
  let before = model.initial[0] as ContentionState;
  for (const label of steps) {
    const action = actions.find((one) => one.label === label);
    const family = action === undefined ? undefined : families[action.id];
    const after = action === undefined ? null : (family?.next(before, action.args) ?? null);
    if (action === undefined || after === null) return null;
    made.push({ action, before, after, effects: family?.effects?.(before, action.args) ?? [] });
    before = after;
  }
  return made;
}

/** Laws that have something to say of a step of the script, or of what they compare from where it ends. */
export function lawsAlong(script: ConformanceScript): ReadonlySet<string> {
  const scene = scenes.find(({ name }) => name === script.scene);
  if (scene === undefined) throw new RangeError(`there is no scene "${script.scene}"`);
  const { name, parameters, model } = scene;
  const asked = checksOn(laneLeaseLaws, laneContention).filter(({ check }) => !parameters.forces || check.configuration === name);
  const judged = new Map<string, number>();
  const judge = createLawJudge(asked, model, judged);
  const steps = stepsOf(scene, script.steps) ?? [];
  for (const step of steps) judge.step(step);
  const end = (steps.at(-1)?.after ?? model.initial[0]) as ContentionState;
  return new Set([...[...judged.keys()].map((key) => key.slice(0, key.indexOf("#"))), ...comparedFrom(scene, end)]);
}

/** Laws with a comparison of scripts that says something of this state. */
function comparedFrom({ name, model }: Scene, state: ContentionState): readonly string[] {
  const table = actionTable(model);
  const asked = checksOn(laneLeaseLaws, laneContention, true).filter(({ check }) => (check.configuration ?? "contention") === name);
  return asked.flatMap(({ law, check }) => {
    if (check.kind !== "convergence" && check.kind !== "hyper") return [];
    const says = check
      .cases(state, table.index, model)
      .some((which) => check.witness(which.scripts.map((script) => runScript(table, state, script)), which));
    return says ? [law] : [];
  });
}

/** Principal 0 is granted the lane, principal 1 adopts it, or wants it; in a queue principal 1 waits for it. */
class LaneScript {
  readonly #steps: string[] = [];
  #lane = 0;
  /** In TTLs, since the boot. */
  #now = 0;
  #bootId = "boot";
  /** By principal: holding, as far as it knows. */
  readonly #holds = [false, false];
  #token = 0;

  constructor(
    private readonly scene: ContentionParameters,
    private readonly end: End,
  ) {}

  /** Null: the scene has no such story. What it tells may still have a step that cannot be made. */
  through(path: readonly Happening[]): readonly string[] | null {
    return path.every((each) => this.#passesTo(each.event) && this.#does(each)) ? this.#steps : null;
  }

  #passesTo({ at, holderGone }: Fields): boolean {
    const { bootId, monotonicMs } = at as Stamp;
    if (bootId !== this.#bootId) {
      this.#steps.push(`reboot(number=${this.#bootId === "boot" ? 0 : 1})`);
      this.#holds.fill(false);
      [this.#bootId, this.#now] = [bootId, 0];
    }
    const passed = (monotonicMs - this.#now) * this.scene.ttl;
    if (passed < 0) return false;
    this.#now = monotonicMs;
    for (let tick = 0; tick < passed; tick += 1) this.#steps.push("tick(by=1)");
    const holder = this.#token - 1;
    if (holderGone === true && this.#holds[holder] === true) {
      this.#steps.push(`crash(principal=${holder})`);
      this.#holds[holder] = false;
      this.#serves();
    }
    return true;
  }

  /** Who waits gets what is free. */
  #serves(): void {
    if (this.scene.waits) this.#steps.push("append(principal=1)", "hear(principal=1)");
  }

  #does({ event, taken }: Happening): boolean {
    switch (event.type) {
      case "lease.granted":
        return this.#granted(attachmentsOf(this.scene).findIndex((attachment) => attachment === event["attachment"]));
      case "lease.beaten":
        return this.#says("heartbeat", event, taken);
      case "lease.released":
        return this.#says("release", event, taken);
      case "lease.adopted":
        return this.#adopted(event, taken);
      case "lease.scavenged":
        return this.end === "rival" ? this.#wanted() : this.#swept();
      default:
        return this.#swept();
    }
  }

  #swept(): boolean {
    this.#steps.push("sweep");
    return true;
  }

  #wanted(): boolean {
    const rival = this.#holds.indexOf(false);
    if (rival === -1 || this.scene.waits) return false;
    this.#steps.push(`ask(principal=${rival}, lane=${this.#lane})`, `append(principal=${rival})`);
    return true;
  }

  #granted(lane: number): boolean {
    this.#lane = lane;
    this.#steps.push(`ask(principal=0, lane=${lane})`, "append(principal=0)", "hear(principal=0)");
    if (this.scene.waits) this.#steps.push(`ask(principal=1, lane=${lane})`, "append(principal=1)");
    this.#holds[0] = true;
    this.#token = 1;
    return lane !== -1;
  }

  #says(does: "heartbeat" | "release", { fencingToken, authentic }: Fields, taken: boolean): boolean {
    const holder = Number(fencingToken) - 1;
    if (authentic === true && this.#holds[holder] === true) {
      const beat = [`beat(principal=${holder}, coalesce=false)`, `append(principal=${holder})`, `hear(principal=${holder})`];
      this.#steps.push(...(does === "release" ? [`release(principal=${holder})`] : beat));
      // Who hears that its lease is lost holds nothing any more.
      this.#holds[holder] = does === "heartbeat" && taken;
      if (does === "release") this.#serves();
      return true;
    }
    // Whoever kept the secret calls with it, and a stranger with none; a former holder is no part of this.
    const caller = authentic === true ? holder : this.#holds.indexOf(false);
    this.#steps.push(`call(principal=${caller}, place=0, does=${does}, secret=${authentic === true ? "own" : "none"})`);
    return Number(fencingToken) === this.#token;
  }

  /** The adopter saw the newest token, and the store makes the next one. */
  #adopted({ previousToken, fencingToken, forced }: Fields, taken: boolean): boolean {
    if (previousToken !== this.#token || Number(fencingToken) <= this.#token) return false;
    this.#steps.push(`askToAdopt(principal=1, place=0, forced=${String(forced)})`, "append(principal=1)");
    if (!taken) return true;
    this.#steps.push("hear(principal=1)");
    this.#holds[1] = true;
    this.#token = 2;
    return true;
  }
}
