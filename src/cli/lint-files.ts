/** The files around a lint run: configuration, lock, cache. Reading, finding and writing them. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";

import {
  type Configuration,
  LintError,
  type Lock,
  readConfiguration,
  readLock,
} from "../lint/index.js";
import { UsageError } from "./exit.js";

const names = ["write-surface.yaml", "write-surface.yml", "write-surface.json"];

export function loadConfiguration(named: string | undefined): Configuration {
  const file = named ?? names.find((name) => existsSync(name));
  if (file === undefined) {
    throw new UsageError(
      `no ${names.join(", ")} in ${process.cwd()}. Name one with --config, or write one with \`leasehold lint init\`.`,
    );
  }
  return readConfiguration(file, readText(file, "a write-surface configuration"), process.cwd());
}

/** Beside the configuration: `write-surface.yaml` has `write-surface.lock.json`. */
export function lockFileOf(configuration: Configuration): string {
  const path = resolve(configuration.root, configuration.path);
  return join(dirname(path), `${basename(path, extname(path))}.lock.json`);
}

export function loadLock(file: string): Lock | null {
  return existsSync(file) ? readLock(file, readText(file, "a lock file")) : null;
}

/** `null` when there is none, or when it cannot be read: a cache is only ever a help. */
export function loadCache(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** Whole or not at all. */
export function save(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    throw new UsageError(
      `cannot write ${file}: ${codeOf(error)}. Name a place that can be written to.`,
    );
  }
}

/** A configuration that cannot be used is wrong usage, told in one message. */
export async function asUsage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LintError) throw new UsageError(error.message);
    throw error;
  }
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file}: cannot be read (${codeOf(error)}), expected ${what}`);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  throw error;
}
