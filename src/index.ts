/** leasehold: machines, laws, checker and `verify` in one import. */
export * from "../spec/index.js";
export * from "../laws/index.js";
export * as checker from "./checker/index.js";
export * from "./verify/index.js";
