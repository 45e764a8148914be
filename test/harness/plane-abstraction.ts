/** From a running worker plane to a state of its model: shipped with the conformance kit. */
export * from "../../src/conformance/plane-abstraction.js";
