/** All laws, in the order of the catalogue. Ids are permanent. */
import { journalLaws } from "./journal/index.js";
import { laneLeaseLaws } from "./lane-lease/index.js";
import type { Law } from "./law.js";
import { mutexLaws } from "./mutex/index.js";
import { runLaws } from "./run/index.js";
import { surfaceLaws } from "./surface/index.js";
import { workerLeaseLaws } from "./worker-lease/index.js";

/** The whole catalogue: run, worker lease, write surface, journal, mutex, lane lease. */
export const laws: readonly Law[] = [...runLaws, ...workerLeaseLaws, ...surfaceLaws, ...journalLaws, ...mutexLaws, ...laneLeaseLaws];

/** The law of this id, matched exactly; undefined when there is none. */
export function lawById(id: string): Law | undefined {
  return laws.find((law) => law.id === id);
}
