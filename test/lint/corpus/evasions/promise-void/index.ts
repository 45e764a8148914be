import { store, RunStore } from "../../base/store.js";

void store.save("r"); // finds: outcome
