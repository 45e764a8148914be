/** Follows the changes of a running master: shipped with the conformance kit. */
export * from "../../src/conformance/plane-observer.js";
