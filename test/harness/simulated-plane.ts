/** A worker plane in one process with clocks that a test moves: shipped with the conformance kit. */
export * from "../../src/conformance/simulated-plane.js";
