/**
 * Where each law is closed besides its model: what defends it at run time, which tests judge the implementation,
 * which surface laws keep writers in line, how its statement came about. Data about files, for the documents.
 *
 * A test holds that every law is here, and that every file is there and holds what is said of it.
 */
import type { Closure } from "./closure/closed-by.js";
import { journalClosures } from "./closure/journal.js";
import { laneClosures } from "./closure/lane-lease.js";
import { runClosures } from "./closure/run.js";
import { surfaceClosures } from "./closure/surface.js";
import { planeClosures } from "./closure/worker-lease.js";

export type { Closure, Defence, Place } from "./closure/closed-by.js";

/** By law id. */
export const closures: Readonly<Record<string, Closure>> = {
  ...runClosures,
  ...planeClosures,
  ...laneClosures,
  ...journalClosures,
  ...surfaceClosures,
};
