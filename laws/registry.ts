/** All laws, in the order of the catalogue. Ids are permanent. */
import type { Law } from "./law.js";
import { runLaws } from "./run/index.js";
import { surfaceLaws } from "./surface/index.js";
import { workerLeaseLaws } from "./worker-lease/index.js";

export const laws: readonly Law[] = [...runLaws, ...workerLeaseLaws, ...surfaceLaws];

export function lawById(id: string): Law | undefined {
  return laws.find((law) => law.id === id);
}
