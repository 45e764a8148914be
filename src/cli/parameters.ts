/** `--set name=value` against the schema of a system's parameters. */
import { z } from "zod";

import type { Arg, Parameters, System } from "../../spec/kernel/index.js";
import { UsageError } from "./exit.js";
import { nearest } from "./suggest.js";

/** The parameters of `base` with the settings on top; what is not named has the schema's default. */
export function parametersOf(system: System, base: Parameters, settings: readonly string[]): Parameters {
  const domains = domainsOf(system);
  const given: Record<string, Arg> = { ...base };
  for (const setting of settings) {
    const [name, value] = parseSetting(setting);
    const domain = domains.get(name);
    if (domain === undefined) {
      const names = [...domains.keys()];
      const known = `it has ${names.join(", ")}`;
      throw new UsageError(`${system.name} has no parameter "${name}"; ${known}.${nearest(name, names)}`);
    }
    given[name] = value;
  }
  return checked(system, given);
}

/** Parameters as they stand in a file or a command line. */
export function checked(system: System, given: Readonly<Record<string, unknown>>): Parameters {
  const parsed = system.parameters.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const domains = domainsOf(system);
  if (issue?.code === "unrecognized_keys") {
    const [name = ""] = issue.keys;
    throw new UsageError(
      `${system.name} has no parameter "${name}"; it has ${[...domains.keys()].join(", ")}.`,
    );
  }
  const name = String(issue?.path[0] ?? "");
  const domain = domains.get(name) ?? issue?.message ?? "something else";
  throw new UsageError(
    `${name}=${String(given[name])} does not fit: ${name} of ${system.name} is ${domain}.`,
  );
}

function parseSetting(setting: string): [name: string, value: Arg] {
  const equals = setting.indexOf("=");
  if (equals < 1)
    throw new UsageError(`--set takes name=value, for example workers=2; found "${setting}".`);
  const [name, text] = [setting.slice(0, equals), setting.slice(equals + 1)];
  if (text === "true" || text === "false") return [name, text === "true"];
  if (text === "null") return [name, null];
  return [name, /^-?\d{1,15}$/.test(text) ? Number(text) : text];
}

const property = z.looseObject({
  type: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.unknown()).optional(),
  default: z.unknown(),
});
const objectSchema = z.looseObject({ properties: z.record(z.string(), property) });

/** Each parameter with what it may be, as text: `an integer from 1 to 3 (default 2)`. */
function domainsOf(system: System): ReadonlyMap<string, string> {
  const { properties } = objectSchema.parse(z.toJSONSchema(system.parameters, { io: "input" }));
  return new Map(
    Object.entries(properties).map(([name, schema]) => {
      const standard = schema.default === undefined ? "" : ` (default ${JSON.stringify(schema.default)})`;
      return [name, `${domainText(schema)}${standard}`];
    }),
  );
}

function domainText({ type, minimum, maximum, enum: values }: z.infer<typeof property>): string {
  if (values !== undefined) return `one of ${values.map(String).join(", ")}`;
  if (type === "boolean") return "true or false";
  if (type !== "integer") return `a ${type ?? "value"}`;
  return `an integer from ${String(minimum)} to ${String(maximum)}`;
}
