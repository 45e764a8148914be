import { store, RunStore } from "../../base/store.js";

const unread = store.save("r"); // finds: outcome
["r"].forEach((run) => store.save(run)); // finds: outcome
["r"].forEach(async (run) => {
  await store.save(run); // finds: outcome
});
Promise.all(["r"].map((run) => store.save(run)));
Promise.all([store.save("r")]); // finds: outcome
await Promise.allSettled([store.save("r")]); // finds: outcome
function forward(): Promise<void> {
  return store.save("r");
}
forward(); // finds: outcome
async function waits(): Promise<void> {
  await store.save("r");
}
void waits(); // finds: outcome
const { save } = store;
save("r"); // finds: outcome
