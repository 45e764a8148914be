export { appendRecord as record } from "./store.js";
export * from "./store.js";
export * as all from "./store.js";
export { default } from "./store.js";
