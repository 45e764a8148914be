import { RunStore } from "../../base/store.js";
class Loud extends RunStore {
  override append(run: string, event: { type: string }): void {
    super.append(run, event); // finds: append
  }
}
new Loud().append("r", { type: "status" }); // finds: append
