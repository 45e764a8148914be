/**
 * Compares the writes that were found with the writers that are listed and the lock file. Pure: data in, data out.
 */
import type { Configuration, Place, Surface, Writer } from "./config-schema.js";
import {
  type Finding,
  type FrameLine,
  type LintReport,
  type Span,
  type SurfaceReport,
  type Unread,
  type Write,
  type WriterReport,
  spanOrder,
} from "./finding.js";
import { type Lock, listedSites, ratchetOf } from "./lock.js";

export interface Evidence {
  readonly writes: readonly Write[];
  readonly unread: readonly Unread[];
  /** Number of files each surface covers, by its id. */
  readonly files: ReadonlyMap<string, number>;
  readonly filesInAll: number;
}

export interface Lines {
  frame(span: Span): readonly FrameLine[];
}

export function judge(
  configuration: Configuration,
  evidence: Evidence,
  lock: Lock | null,
  lines: Lines,
): LintReport {
  const findings: Finding[] = evidence.unread.map((unread) => unreadFinding(unread, lines));
  const surfaces = configuration.surfaces.map((surface) => {
    const writes = distinct(evidence.writes.filter((write) => write.surface === surface.id));
    const judged = judgeSurface(configuration, surface, writes, lock, lines);
    findings.push(...judged.findings);
    return { ...judged.report, files: evidence.files.get(surface.id) ?? 0 };
  });
  return {
    surfaces,
    findings: findings.sort((a, b) => spanOrder(a.at, b.at) || compare(a.message, b.message)),
    writes: [...evidence.writes].sort((a, b) => spanOrder(a.at, b.at) || a.sink - b.sink),
    files: evidence.filesInAll,
  };
}

interface Judged {
  readonly report: SurfaceReport;
  readonly findings: readonly Finding[];
}

function judgeSurface(
  configuration: Configuration,
  surface: Surface,
  writes: readonly Write[],
  lock: Lock | null,
  lines: Lines,
): Judged {
  const writers = surface.writers.map((writer) => writerReport(writer, writes));
  const unlisted = writes.filter(
    ({ site }) => !surface.writers.some((writer) => isListed(writer, site)),
  );
  const report: SurfaceReport = {
    id: surface.id,
    law: surface.law,
    message: surface.message,
    verdict: "holds",
    files: 0,
    writers,
    sites: [...new Set(writes.map(({ site }) => site))].sort(),
    locked: lock?.surfaces[surface.id]?.count ?? null,
    findings: 0,
  };
  const about = new About(configuration, surface, lines);
  const findings = [
    ...unlisted.map((write) => about.write(write)),
    ...surface.writers.flatMap((writer, index) =>
      about.writer(writer, writers[index]?.writes ?? 0),
    ),
    ...about.ratchet(lock, report),
  ];
  const verdict = findings.length === 0 ? "holds" : "violated";
  return { report: { ...report, verdict, findings: findings.length }, findings };
}

/** One place may be recognised by several sinks; it is one write. */
function distinct(writes: readonly Write[]): readonly Write[] {
  const sorted = [...writes].sort((a, b) => spanOrder(a.at, b.at) || a.sink - b.sink);
  return sorted.filter((write, index) => {
    const before = sorted[index - 1];
    return before === undefined || spanOrder(before.at, write.at) !== 0;
  });
}

export function isListed({ file, symbol }: Writer, site: string): boolean {
  const at = site.indexOf("#");
  if (site.slice(0, at) !== file) return false;
  const name = site.slice(at + 1);
  return symbol === "*" || name === symbol || name.startsWith(`${symbol}.`);
}

function writerReport(writer: Writer, writes: readonly Write[]): WriterReport {
  const own = writes.filter(({ site }) => isListed(writer, site));
  return {
    id: writer.id,
    site: `${writer.file}#${writer.symbol}`,
    disposition: writer.disposition,
    because: writer.because,
    reference: writer.disposition === "integrate" ? writer.decision : writer.law,
    sites: [...new Set(own.map(({ site }) => site))].sort(),
    writes: own.length,
  };
}

function unreadFinding({ at, reason }: Unread, lines: Lines): Finding {
  return {
    rule: "unread",
    surface: null,
    law: null,
    at,
    site: null,
    message: reason,
    advice: "What is not read is not checked: mend the file, or take it out with `exclude`.",
    via: [],
    frame: lines.frame(at),
  };
}

/** Findings of one surface. */
class About {
  private readonly configuration: Configuration;
  private readonly surface: Surface;
  private readonly lines: Lines;

  constructor(configuration: Configuration, surface: Surface, lines: Lines) {
    this.configuration = configuration;
    this.surface = surface;
    this.lines = lines;
  }

  write({ at, site, how, via }: Write): Finding {
    const { id, law, message } = this.surface;
    return {
      rule: "write",
      surface: id,
      law,
      at,
      site,
      message: `${how}, which only listed writers do. ${message}`,
      advice: `Let a listed writer do it, or list \`${site}\` in ${this.configuration.path} with a disposition and a reason.`,
      via,
      frame: this.lines.frame(at),
    };
  }

  writer(writer: Writer, writes: number): readonly Finding[] {
    const { id, file, symbol } = writer;
    const findings: Finding[] = [];
    if (writes === 0) {
      const message = `writer ${id} is listed, and ${file}#${symbol} writes nothing here.`;
      findings.push(
        this.entry(
          "stale-writer",
          "WS3",
          writer.at,
          message,
          "Remove it: the ratchet only turns one way.",
        ),
      );
    }
    const missing = missingOf(writer);
    if (missing !== null) {
      const message = `writer ${id} is undecided: ${missing}.`;
      const advice =
        "Say `disposition: sanctioned`, `integrate` with the `decision` that removes it, or `quarantine` with the `law` of its boundary, and `because`.";
      findings.push(this.entry("undecided", "WS2", writer.at, message, advice));
    }
    return findings;
  }

  ratchet(lock: Lock | null, report: SurfaceReport): readonly Finding[] {
    const state = ratchetOf(lock, report);
    const { id } = this.surface;
    const count = listedSites(report).length;
    const entry = (message: string, advice: string) => [
      this.entry("ratchet", "WS3", this.surface.at, message, advice),
    ];
    const update = "Run `leasehold lint --update` and commit the lock file.";
    switch (state.kind) {
      case "held":
        return [];
      case "missing":
        return entry(
          `surface ${id} has no count in the lock file; ${count} listed ${count === 1 ? "site writes" : "sites write"}.`,
          update,
        );
      case "grew":
        return entry(
          `surface ${id} grew from ${state.count} to ${count} writing sites: ${state.added.join(", ")}.`,
          'Take a writer away, or add it on purpose: `leasehold lint --grow WRITER --because "…"`.',
        );
      case "moved":
        return entry(
          `writers of ${id} moved: ${state.removed.join(", ")} became ${state.added.join(", ")}.`,
          update,
        );
      case "shrank":
        return entry(
          `surface ${id} shrank from ${state.count} to ${count} writing sites; the lock still allows more.`,
          update,
        );
    }
  }

  private entry(
    rule: Finding["rule"],
    law: string,
    { line, column }: Place,
    message: string,
    advice: string,
  ): Finding {
    const at = { file: this.configuration.path, line, column, endLine: line, endColumn: column };
    return {
      rule,
      surface: this.surface.id,
      law,
      at,
      site: null,
      message,
      advice,
      via: [],
      frame: this.lines.frame(at),
    };
  }
}

function missingOf({ disposition, because, decision, law }: Writer): string | null {
  if (disposition === "undecided") return "it has no disposition";
  if (because === null) return "it has no `because`";
  if (disposition === "integrate" && decision === null) return "`integrate` needs a `decision`";
  if (disposition === "quarantine" && law === null) return "`quarantine` needs a `law`";
  return null;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
