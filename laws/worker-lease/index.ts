/** The worker-lease laws, in catalogue order. */
import type { Law } from "../law.js";
import { livenessDetection } from "./ll1-liveness-detection.js";
import { boundedRegistry } from "./ll10-bounded-registry.js";
import { dispatchMonotonicity } from "./ll2-dispatch-monotonicity.js";
import { completionFinality } from "./ll3-completion-finality.js";
import { amnesiaIsSafe } from "./ll4-amnesia-is-safe.js";
import { snapshotSufficiency } from "./ll5-snapshot-sufficiency.js";
import { targetConfinement } from "./ll6-target-confinement.js";
import { hostConfinement } from "./ll7-host-confinement.js";
import { attemptFencing } from "./ll8-attempt-fencing.js";
import { oneMutationPerRun } from "./ll9-one-mutation-per-run.js";

export const workerLeaseLaws: readonly Law[] = [
  livenessDetection,
  dispatchMonotonicity,
  completionFinality,
  amnesiaIsSafe,
  snapshotSufficiency,
  targetConfinement,
  hostConfinement,
  attemptFencing,
  oneMutationPerRun,
  boundedRegistry,
];
