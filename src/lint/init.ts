/**
 * A first configuration from the code as it is: every site that writes now is listed, undecided.
 *
 * Without sinks it proposes what looks like a way to write: exported methods and functions named like one.
 */
import { join } from "node:path";

import { isSeq, parseDocument, stringify } from "yaml";

import { readConfiguration } from "./config.js";
import type { SinkDocument } from "./config-schema.js";
import { LintError } from "./errors.js";
import { lint } from "./lint.js";
import { listTree, selected } from "./tree.js";
import { withCompiler } from "./typed-search.js";

/** A surface to begin with: its files and its sinks. */
export interface InitRequest {
  readonly cwd: string;
  /** Where the configuration is going to stand, relative to `cwd`. */
  readonly file: string;
  readonly surface: {
    readonly id: string;
    readonly include: readonly string[];
    readonly exclude: readonly string[];
  };
  readonly sinks: readonly SinkDocument[];
}

/** Text of a configuration, and how many writers it lists. */
export interface InitialConfiguration {
  readonly text: string;
  readonly writers: number;
}

/** Text of the configuration. It fails the lint until every writer is decided. */
export async function initialConfiguration(request: InitRequest): Promise<InitialConfiguration> {
  const { id, include, exclude } = request.surface;
  const sinks = request.sinks.length > 0 ? request.sinks : await proposed(request);
  const document = {
    version: 1,
    surfaces: [
      {
        id,
        message: "Say here what somebody who is not listed has to do instead.",
        include,
        ...(exclude.length === 0 ? {} : { exclude }),
        sinks,
      },
    ],
  };
  const configuration = readConfiguration(request.file, stringify(document), request.cwd);
  const { report } = await lint({ configuration, lock: null });
  const sites = report.surfaces[0]?.sites ?? [];
  const writers = sites.map((site, index) => ({
    id: `W${index + 1}`,
    site,
    disposition: "undecided",
    because: "",
  }));
  return { text: withWriters(stringify(document), writers), writers: writers.length };
}

async function proposed({ cwd, surface }: InitRequest): Promise<readonly SinkDocument[]> {
  const [{ candidates }, { isTyped }] = await withCompiler(() =>
    Promise.all([import("./typescript/candidates.js"), import("./typescript/analyse.js")]),
  );
  const files = selected(listTree(cwd, false), { ...surface, gitignore: true }).filter(isTyped);
  const sinks = candidates(
    cwd,
    files.map((file) => join(cwd, file)),
  );
  if (sinks.length > 0) return sinks;
  const what = `found nothing below ${cwd} that is named like a way to write; name it with --call, --construct, --assign, --discard or --pattern`;
  throw new LintError({ code: "lint/usage", what });
}

function withWriters(text: string, writers: readonly object[]): string {
  const document = parseDocument(text);
  document.setIn(["surfaces", 0, "writers"], document.createNode(writers));
  const list = document.getIn(["surfaces", 0, "writers"], true);
  if (isSeq(list)) {
    list.commentBefore =
      " Decide each: sanctioned, integrate (with `decision`) or quarantine (with `law`), and say because what.";
  }
  return document.toString({ lineWidth: 0 });
}
