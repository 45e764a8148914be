import { store } from "../../base/store.js";
store.s\u0061ve("r"); // finds: outcome
