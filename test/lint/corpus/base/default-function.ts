export { appendRecord as default } from "./store.js";
