/** Every closed model, for exploration by name. */
import type { System } from "../kernel/index.js";
import { runMonitor } from "./run-monitor.js";
import { workerPlane } from "./worker-plane.js";
import { workerPlaneFenced } from "./worker-plane-fenced.js";

export { runMonitor, workerPlane, workerPlaneFenced };

export const systems: readonly System[] = [runMonitor, workerPlane, workerPlaneFenced];
