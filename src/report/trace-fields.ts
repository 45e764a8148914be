/** What a step changed, as short pieces: `now=2`, `leases[0]: phase=queued worker=0`. */
import type { Change } from "../checker/index.js";
import { valueText } from "./text.js";

/** Changed fields, those of one record together, in the order of the record's first field. */
export function changePieces(changes: readonly Change[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { field, to } of changes) {
    const dot = field.lastIndexOf(".");
    const parent = dot === -1 ? "" : field.slice(0, dot);
    const key = parent === "" ? field : parent;
    const text = `${dot === -1 ? field : field.slice(dot + 1)}=${valueText(to)}`;
    groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  return [...groups].map(([key, fields]) => {
    const [only] = fields;
    if (only?.startsWith(`${key}=`)) return fields.join(" ");
    return fields.length === 1 ? `${key}.${only ?? ""}` : `${key}: ${fields.join(" ")}`;
  });
}

/** An effect as text: `setStatus(status=failed, reason=session_dead)`. */
export function effectText(effect: unknown): string {
  if (typeof effect !== "object" || effect === null) return valueText(effect);
  const { type, ...rest } = effect as Readonly<Record<string, unknown>>;
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${valueText(value)}`);
  const name = typeof type === "string" ? type : "effect";
  return fields.length === 0 ? name : `${name}(${fields.join(", ")})`;
}
