/** The run laws, in the order of the catalogue. */
import type { Law } from "../law.js";
import { gateDebounce } from "./l10a-gate-debounce.js";
import { precedence } from "./l10b-precedence.js";
import { reasonFidelity } from "./l10c-reason-fidelity.js";
import { streakContinuity } from "./l11a-streak-continuity.js";
import { attestation } from "./l11b-attestation.js";
import { unverifiedFallback } from "./l11c-unverified-fallback.js";
import { locality } from "./l11d-locality.js";
import { prOwnership } from "./l12-pr-ownership.js";
import { verdictLiveness } from "./l13-verdict-liveness.js";
import { reasons } from "./l14-reasons.js";
import { atomicCommit } from "./l15-atomic-commit.js";
import { coverage } from "./l16-coverage.js";
import { planeSymmetry } from "./l17-plane-symmetry.js";
import { blindness } from "./l18-blindness.js";
import { aliveAnswersAbsence } from "./l19-alive-answers-absence.js";
import { monitorFence } from "./l20-monitor-fencing.js";
import { idempotentFacts } from "./l1a-idempotent-facts.js";
import { streamFixedPoint } from "./l1b-stream-fixed-point.js";
import { orderIndependence } from "./l2-order-independence.js";
import { neverAliveGrace } from "./l3-never-alive-grace.js";
import { terminality } from "./l4-terminality.js";
import { evidenceFirst } from "./l5-evidence-first.js";
import { promptDebounce } from "./l6-prompt-debounce.js";
import { restartTransparency } from "./l7-restart-transparency.js";
import { fold } from "./l7f-fold.js";
import { monotoneStrength } from "./l7s-monotone-strength.js";
import { commitPoint } from "./l8-commit-point.js";
import { launchReason } from "./l9-launch-reason.js";

export const runLaws: readonly Law[] = [
  idempotentFacts,
  streamFixedPoint,
  orderIndependence,
  neverAliveGrace,
  terminality,
  evidenceFirst,
  promptDebounce,
  restartTransparency,
  monotoneStrength,
  fold,
  commitPoint,
  launchReason,
  gateDebounce,
  precedence,
  reasonFidelity,
  streakContinuity,
  attestation,
  unverifiedFallback,
  locality,
  prOwnership,
  verdictLiveness,
  reasons,
  atomicCommit,
  coverage,
  planeSymmetry,
  blindness,
  aliveAnswersAbsence,
  monitorFence,
];
