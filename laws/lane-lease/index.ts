/** The lane-lease laws, in catalogue order. */
import type { Law } from "../law.js";
import { exclusion } from "./nl1-exclusion.js";
import { symmetricConflict } from "./nl10-symmetric-conflict.js";
import { fencing } from "./nl2-fencing.js";
import { holderOnly } from "./nl3-holder-only.js";
import { noResurrection } from "./nl4-no-resurrection.js";
import { adoption } from "./nl5-adoption.js";
import { expiry } from "./nl6-expiry.js";
import { coalescing } from "./nl7-coalescing.js";
import { selfFencing } from "./nl8-self-fencing.js";
import { progress } from "./nl9-progress.js";

export const laneLeaseLaws: readonly Law[] = [
  exclusion,
  fencing,
  holderOnly,
  noResurrection,
  adoption,
  expiry,
  coalescing,
  selfFencing,
  progress,
  symmetricConflict,
];
