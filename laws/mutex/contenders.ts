/** What the mutex laws read off a state: where each process is. */
export interface Contenders {
  readonly processes: readonly { readonly at: string }[];
}

/** Between two attempts, or gone. */
export function isOut({ at }: Contenders["processes"][number]): boolean {
  return at === "idle" || at === "dead";
}
