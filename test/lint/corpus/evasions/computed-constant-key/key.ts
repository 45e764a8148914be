export const key = "append" as const;
