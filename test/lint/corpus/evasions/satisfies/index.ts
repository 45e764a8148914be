import { store, RunStore } from "../../base/store.js";

import type { StatusEvent } from "../../base/event.js";
store.append("r", { type: "status", status: "done" } satisfies StatusEvent); // finds: append, build
