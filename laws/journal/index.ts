/** The journal laws, in catalogue order. */
import type { Law } from "../law.js";
import { durableAcknowledgement } from "./jl1-durable-acknowledgement.js";
import { prefix } from "./jl2-prefix.js";
import { tornTail } from "./jl3-torn-tail.js";
import { corruptionSurfaces } from "./jl4-corruption-surfaces.js";
import { totalReader } from "./jl5-total-reader.js";
import { compactionEquality } from "./jl6-compaction-equality.js";
import { order } from "./jl7-order.js";
import { failClosed } from "./jl8-fail-closed.js";
import { inertRecords } from "./jl9-inert-records.js";

export const journalLaws: readonly Law[] = [
  durableAcknowledgement,
  prefix,
  tornTail,
  corruptionSurfaces,
  totalReader,
  compactionEquality,
  order,
  failClosed,
  inertRecords,
];
