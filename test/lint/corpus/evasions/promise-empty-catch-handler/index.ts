import { store, RunStore } from "../../base/store.js";

store.save("r").catch(() => {}); // finds: outcome
store.save("r").then(undefined, () => undefined); // finds: outcome
const noop = (): void => {};
store.save("r").catch(noop); // finds: outcome
store.save("r").catch((error: unknown) => console.error(error)); // finds: outcome
await store.save("r").catch(() => null); // finds: outcome
declare const console: { error(value: unknown): void };
