import type { RunStore } from "../../base/store.js";
const seen: string[] = [];
export const double: RunStore = {
  append: (run) => {
    seen.push(run);
  },
  save: () => Promise.resolve(),
};
