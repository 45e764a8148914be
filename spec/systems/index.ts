/** Every closed model, for exploration by name. */
import type { System } from "../kernel/index.js";
import { observationRelay } from "./observation-relay.js";
import { runHost } from "./run-host.js";
import { runMonitor } from "./run-monitor.js";
import { workerPlane } from "./worker-plane.js";
import { workerPlaneFenced } from "./worker-plane-fenced.js";

export { observationRelay, runHost, runMonitor, workerPlane, workerPlaneFenced };

export const systems: readonly System[] = [runMonitor, runHost, observationRelay, workerPlane, workerPlaneFenced];
