/** A simulated disk as the storage of a host under test: the power can be cut, and what was never synced is lost. */
import type { Disk } from "../../src/journal/index.js";
import type { HostStorage } from "../../src/conformance/our-storage.js";
import { SimWorld } from "./sim-disk.js";

/** Outcomes of one power cut that are looked at. */
const outcomesMax = 64;

export class SimulatedStorage implements HostStorage {
  readonly directory = "/state";
  world = new SimWorld();

  disk(): Disk {
    return this.world.process().disk;
  }

  powerCut(pick: number): void {
    const outcomes = [];
    for (const image of this.world.images()) {
      outcomes.push(image);
      if (outcomes.length === outcomesMax) break;
    }
    this.world = new SimWorld(outcomes[pick % outcomes.length]);
  }

  remove(): void {
    // It is garbage with the world.
  }
}
