/** The laws as data: what is claimed, where it is checked, and what broken system each one catches. */
export * from "./law.js";
export * from "./registry.js";
