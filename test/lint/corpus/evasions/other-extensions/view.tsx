import { store } from "../../base/store.js";
export const view = <button onClick={() => store.append("r", { type: "status" })} />; // finds: append
declare global {
  namespace JSX {
    interface IntrinsicElements {
      button: { onClick(): void };
    }
  }
}
