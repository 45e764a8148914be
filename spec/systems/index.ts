/** Every closed model, for exploration by name. */
import type { System } from "../kernel/index.js";
import { fileMutex } from "./file-mutex.js";
import { journalCrash } from "./journal-crash.js";
import { laneContention } from "./lane-contention.js";
import { monitorFencing } from "./monitor-fencing.js";
import { observationRelay } from "./observation-relay.js";
import { runHost } from "./run-host.js";
import { runMonitor } from "./run-monitor.js";
import { workerPlane } from "./worker-plane.js";
import { workerPlaneFenced } from "./worker-plane-fenced.js";

export { fileMutex, journalCrash, laneContention, monitorFencing, observationRelay, runHost, runMonitor, workerPlane, workerPlaneFenced };

/** Every system that can be explored and that laws are checked on. */
export const systems: readonly System[] = [runMonitor, runHost, monitorFencing, observationRelay, workerPlane, workerPlaneFenced, fileMutex, journalCrash, laneContention];
