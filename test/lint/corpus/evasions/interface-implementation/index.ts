import { RunStore, store } from "../../base/store.js";
interface Appender {
  append(run: string, event: { type: string }): void;
}
const port: Appender = store;
port.append("r", { type: "status" }); // finds: append
class Other implements RunStore {
  append(run: string, event: { type: string }): void {
    void run;
    void event;
  }
  save(): Promise<void> {
    return Promise.resolve();
  }
}
new Other().append("r", { type: "status" }); // finds: append
