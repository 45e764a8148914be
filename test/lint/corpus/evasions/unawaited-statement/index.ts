import { store, RunStore } from "../../base/store.js";

store.save("r"); // finds: outcome
store.save("r").then(() => 1); // finds: outcome
store.save("r").finally(() => 1); // finds: outcome
Math.random() > 0.5 && store.save("r"); // finds: outcome
store.save("r"), 1; // finds: outcome
