/** Asks the worker-lease laws about every step of a running plane: shipped with the conformance kit. */
export * from "../../src/conformance/plane-judge.js";
