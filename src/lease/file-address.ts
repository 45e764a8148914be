/**
 * The module that a thread opens a file store by: see `StoreAddress`. A file of its own, so that a bundle, which
 * renames what its parts export, keeps this name.
 */
export { openAddress } from "./file-store.js";
