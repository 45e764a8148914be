/** The mutex laws, in catalogue order. */
import type { Law } from "../law.js";
import { mutualExclusion } from "./ml1-mutual-exclusion.js";
import { deadlockFreedom } from "./ml2-deadlock-freedom.js";

export const mutexLaws: readonly Law[] = [mutualExclusion, deadlockFreedom];
