/** The surface laws, in the order of the catalogue. */
import type { SurfaceLaw } from "../law.js";
import { oneStatusWriter } from "./ws1-one-status-writer.js";
import { noUndecidedWriter } from "./ws2-no-undecided-writer.js";
import { ratchet } from "./ws3-ratchet.js";
import { noDiscardedAppend } from "./ws4-no-discarded-append.js";
import { leaseWriteSurface } from "./ws5-lease-write-surface.js";
import { purity } from "./ws6-purity.js";
import { closedVocabulary } from "./ws7-closed-vocabulary.js";

export const surfaceLaws: readonly SurfaceLaw[] = [
  oneStatusWriter,
  noUndecidedWriter,
  ratchet,
  noDiscardedAppend,
  leaseWriteSurface,
  purity,
  closedVocabulary,
];
