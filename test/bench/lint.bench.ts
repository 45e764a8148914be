/**
 * Speed of the lint: a TypeScript project of 1,000 files against `tsc --noEmit` in the same run, again with its cache and
 * after a change of one file, and 5,000 Go files by pattern. Prints Markdown and fails when a figure is missed.
 *
 * Figures are those of the clock and, beside them, of processor time, which other work on the machine changes little;
 * the clock decides on a quiet machine, and `--cpu` lets processor time decide on another.
 * `npx tsx test/bench/lint.bench.ts [--cpu]`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const main = join(root, "dist/cli/main.js");
const tsc = join(root, "node_modules/typescript/lib/tsc.js");
const rounds = 2;

const folder = mkdtempSync(join(tmpdir(), "leasehold-bench-"));
process.on("exit", () => {
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Writes down, when the process ends, how much of the processors it took. */
const cpuFile = join(folder, "cpu.json");
const counting = `--import=data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(${JSON.stringify(cpuFile)},JSON.stringify(process.cpuUsage())))`;

interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/** Least of the rounds, in seconds. Exit code 1 is a run with findings. `before` each round, what it is about. */
function best(
  args: readonly string[],
  cwd: string,
  code: number,
  before: (round: number) => void = () => undefined,
): Spent {
  let least: Spent = { wall: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round += 1) {
    before(round);
    const started = performance.now();
    const found = exitCode(args, cwd);
    const wall = (performance.now() - started) / 1000;
    if (found !== code) throw new Error(`${args.join(" ")}: exit code ${found}`);
    const { user, system } = JSON.parse(readFileSync(cpuFile, "utf8")) as NodeJS.CpuUsage;
    least = { wall: Math.min(least.wall, wall), cpu: Math.min(least.cpu, (user + system) / 1e6) };
  }
  return least;
}

function exitCode(args: readonly string[], cwd: string): number {
  try {
    execFileSync(process.execPath, [counting, ...args], { cwd, stdio: "ignore" });
    return 0;
  } catch (error) {
    return (error as { status?: number }).status ?? -1;
  }
}

/** Modules that import each other, with classes, generics, unions and calls: what a checker has to work for. */
function typescriptProject(files: number): void {
  write(
    "ts/tsconfig.json",
    JSON.stringify({
      compilerOptions: {
        target: "es2022",
        lib: ["es2022"],
        module: "nodenext",
        types: [],
        strict: true,
        noEmit: true,
      },
    }),
  );
  write(
    "ts/src/store.ts",
    'export type RunEvent = { type: "status"; status: string } | { type: "note"; text: string };\nexport class Store {\n  async append(run: string, event: RunEvent): Promise<void> { void run; void event; }\n}\nexport const store = new Store();\nexport class Master { leases = new Map<string, { state: string }>(); }\nexport const master = new Master();\n',
  );
  for (let index = 0; index < files; index += 1) write(`ts/src/m${index}.ts`, moduleText(index));
  const surface = (id: string, sink: object) => ({
    id,
    message: "m",
    include: ["src/**"],
    exclude: ["src/store.ts"],
    sinks: [sink],
  });
  const surfaces = [
    surface("append", {
      call: "src/store.ts#Store.append",
      where: { argument: 1, property: "type", equals: "status" },
    }),
    surface("build", { construct: "src/store.ts#RunEvent" }),
    surface("leases", { assign: "src/store.ts#Master.leases" }),
    surface("outcome", { discard: "src/store.ts#Store.append" }),
  ];
  write("ts/write-surface.yaml", JSON.stringify({ version: 1, surfaces }));
}

function moduleText(index: number): string {
  const before =
    index === 0
      ? ""
      : `import { Item${index - 1}, list${index - 1} } from "./m${Math.max(0, index - 1)}.js";\n`;
  const uses = index % 10 === 0;
  const own = uses ? 'import { master, store } from "./store.js";\n' : "";
  const body = Array.from(
    { length: 6 },
    (
      _,
      n,
    ) => `export function step${n}<T extends { id: number }>(items: readonly T[], limit = ${n}): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    if (item.id <= limit) continue;
    const key = \`group-\${item.id % 7}\`;
    const group = groups.get(key) ?? [];
    group.push(item);
    groups.set(key, group);
  }
  return groups;
}`,
  ).join("\n");
  const calls = uses
    ? `export async function record${index}(run: string): Promise<void> {\n  await store.append(run, { type: "status", status: "done" });\n  master.leases.set(run, { state: "open" });\n}\n`
    : "";
  return `${before}${own}export class Item${index} {\n  constructor(readonly id: number, readonly name: string) {}\n  label(): string { return \`\${this.name}#\${this.id}\`; }\n}\nexport const list${index} = [new Item${index}(${index}, "a")]${index === 0 ? "" : `;\nexport const above${index} = list${index - 1}.map((one: Item${index - 1}) => one.label())`};\n${body}\n${calls}`;
}

function goProject(files: number): void {
  for (let index = 0; index < files; index += 1) {
    const functions = Array.from(
      { length: 8 },
      (_, n) =>
        `func (s *Server) step${n}(ids []string) (int, error) {\n\tcount := 0\n\tfor _, id := range ids {\n\t\tif lease, ok := s.workerLeases[id]; ok && lease.Active {\n\t\t\tcount += ${n}\n\t\t}\n\t}\n\treturn count, nil\n}\n`,
    );
    const writing =
      index % 50 === 0
        ? 'func (s *Server) write() {\n\ts.log = append(s.log, model.NewStatusEvent("r", "done"))\n\ts.workerLeases["a"] = nil\n}\n'
        : "";
    write(
      `go/internal/p${index % 100}/f${index}.go`,
      `package p\n\n${functions.join("\n")}\n${writing}`,
    );
  }
  const sinks = [
    { pattern: "model.NewStatusEvent($$$)", language: "go" },
    { pattern: "$X.workerLeases[$K] = $V", language: "go" },
    { pattern: "delete($X.workerLeases, $K)", language: "go" },
  ];
  write(
    "go/write-surface.yaml",
    JSON.stringify({
      version: 1,
      surfaces: [{ id: "s", message: "m", include: ["**/*.go"], sinks }],
    }),
  );
}

function compare(): void {
  typescriptProject(1000);
  goProject(5000);
  const ts = join(folder, "ts");
  const cache = join(folder, "cache.json");
  const compiler = best([tsc, "--noEmit", "-p", "."], ts, 0);
  const cold = best([main, "lint"], ts, 1);
  const cached = [main, "lint", "--cache", "--cache-location", cache];
  exitCode(cached, ts);
  const warm = best(cached, ts, 1);
  const changed = best(cached, ts, 1, (round) => {
    write("ts/src/m990.ts", `${moduleText(990)}export const changed = ${round};\n`);
  });
  const goFolder = join(folder, "go");
  const go = best([main, "lint"], goFolder, 1);
  const goCache = [main, "lint", "--cache", "--cache-location", `${cache}.go`];
  exitCode(goCache, goFolder);
  const goWarm = best(goCache, goFolder, 1);
  const decides = process.argv.includes("--cpu") ? "cpu" : "wall";
  const ratio = (a: Spent, b: Spent): string =>
    `${(a.wall / b.wall).toFixed(2)} × by the clock, ${(a.cpu / b.cpu).toFixed(2)} × of processors`;
  const rows = [
    ["1,000 TypeScript files, tsc --noEmit", compiler, "", true],
    ["lint, cold", cold, `tsc ${ratio(cold, compiler)}, at most 1.5`, cold[decides] <= 1.5 * compiler[decides]],
    ["lint --cache, nothing changed", warm, `faster ${ratio(cold, warm)}, at least 5`, cold[decides] >= 5 * warm[decides]],
    ["lint --cache, a file changed that 9 others depend on", changed, `faster ${ratio(cold, changed)}`, true],
    ["5,000 Go files, 3 patterns", go, "below 5 s", go[decides] < 5],
    ["5,000 Go files, --cache", goWarm, "", true],
  ] as const;
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.version}\n`);
  console.log("| run | seconds | of processors | figure |\n| --- | --- | --- | --- |");
  for (const [what, { wall, cpu }, figure, reached] of rows) {
    const missed = reached ? "" : " (missed)";
    console.log(`| ${what} | ${wall.toFixed(2)} | ${cpu.toFixed(2)} | ${figure}${missed} |`);
  }
  if (rows.some(([, , , reached]) => !reached)) process.exitCode = 1;
}

compare();
