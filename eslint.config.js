/**
 * Lint rules: strict and type-aware everywhere, and the rules that keep the folders apart.
 *
 * spec imports nothing of ours, laws import spec only, the checker knows no domain, and only the
 * command line prints, reads its arguments and ends the process. spec and laws are pure.
 */
import tseslint from "typescript-eslint";

const test = ["test/**/*.ts"];
const sources = ["spec/**/*.ts", "laws/**/*.ts", "src/**/*.ts"];

/** Imports of a folder of ours, from wherever the importing file stands. */
const folder = (name) => `(^|/)${name}/`;
/** One rule entry: what must not be imported here, and why. */
const closed = (why, ...folders) => ({
  "no-restricted-imports": [
    "error",
    { patterns: folders.map((regex) => ({ regex, message: why })) },
  ],
});
const nodeModules = "^node:";
const checkerOf = "(^|/)checker/";

const impureGlobals = [
  "process",
  "performance",
  "Date",
  "console",
  "crypto",
  "fetch",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "globalThis",
  "navigator",
  "localStorage",
].map((name) => ({ name, message: "spec and laws are pure: take it as an argument." }));

/** Only the command line talks to the process; a worker thread and `verify` read clock and processors. */
const notOfTheProcess = [
  ...["exit", "exitCode", "argv", "stdout", "stderr", "stdin"].map((property) => ({
    object: "process",
    property,
    message: "Only src/cli prints, reads arguments and ends the process.",
  })),
];

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "coverage/", "docs/api/", "test/lint/", "test/pack/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: [...sources, ...test],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-control-regex": "error",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-explicit-any": "error",
      // Our interfaces are records of functions without `this`; taking one out of its record is safe.
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // A leading underscore says that a name is there for its place only.
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Numbers and booleans print the way they read.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    files: ["spec/**/*.ts", "laws/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", ...impureGlobals],
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "spec and laws are pure." },
      ],
    },
  },
  {
    files: ["spec/**/*.ts"],
    rules: closed(
      "spec imports nothing of ours and nothing of Node.",
      nodeModules,
      folder("laws"),
      folder("src"),
      folder("test"),
    ),
  },
  {
    files: ["spec/kernel/**/*.ts"],
    rules: closed(
      "The kernel holds no domain word.",
      nodeModules,
      "(^|/)(lane-lease|run|systems|vocabulary|worker-lease)/",
      folder("laws"),
      folder("src"),
    ),
  },
  {
    files: ["laws/**/*.ts"],
    rules: closed("laws import spec only.", nodeModules, folder("src"), folder("test")),
  },
  {
    files: ["src/checker/**/*.ts"],
    rules: closed(
      "The checker knows no domain and nobody who uses it.",
      "(^|/)(cli|report|verify)/",
      "(^|/)spec/(?!kernel/)",
      "(^|/)laws/(?!law\\.js$)",
    ),
  },
  {
    files: ["src/verify/**/*.ts"],
    rules: closed("verify returns data; who prints it is not its business.", "(^|/)(cli|report)/"),
  },
  {
    files: ["src/report/**/*.ts"],
    rules: closed("Reports are pure: a verdict in, text out.", nodeModules, "(^|/)cli/"),
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/cli/**"],
    rules: { "no-restricted-properties": ["error", ...notOfTheProcess] },
  },
  {
    // A chart is one declaration, however many lines it takes.
    files: ["spec/**/*.machine.ts"],
    rules: { "max-lines-per-function": "off" },
  },
  {
    files: test,
    rules: { "max-lines": "off", "max-lines-per-function": "off" },
  },
  {
    // Benchmarks are commands: they print.
    files: ["test/bench/**/*.ts"],
    rules: { "no-console": "off" },
  },
);
