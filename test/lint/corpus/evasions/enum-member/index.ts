import { store, RunStore } from "../../base/store.js";

import { EventType } from "../../base/event.js";
store.append("r", { type: EventType.Status }); // finds: append
declare const any: EventType;
store.append("r", { type: any }); // finds: append
