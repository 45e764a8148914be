import { store, RunStore } from "../../base/store.js";

export async function f(): Promise<void> {
  await store.save("r");
  await Promise.all([store.save("a"), store.save("b")]);
  try {
    await store.save("r");
  } catch (error) {
    throw new Error("not saved", { cause: error });
  }
  store.save("r").catch((error: unknown) => report(error));
  const saving = store.save("r");
  await saving;
  const failed = await store.save("r").then(
    () => null,
    (error: unknown) => error,
  );
  report(failed);
}
export const forward = (): Promise<void> => store.save("r");
declare function report(error: unknown): void;
