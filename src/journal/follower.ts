/**
 * Keeps the fold up with the log file that is there now, whoever appends to it or replaces it.
 *
 * Synchronous and without the process lock: what it has read is whole and sound at any time. After an
 * error of the disk, or of the fold, it trusts nothing it has and reads the file anew.
 */
import { guarded, JournalError, wrapped } from "./errors.js";
import { followBytesMax } from "./limits.js";
import { openLog, type Site } from "./site.js";
import type { Fold } from "./types.js";
import type { Progress } from "./scan.js";
import { LogFile, View } from "./view.js";

export class Follower<S> {
  readonly #site: Site;
  readonly #fold: Fold<S>;
  readonly #recordsKept: number;
  readonly #mode: "read" | "append";
  #view: View<S> | null = null;

  constructor(site: Site, fold: Fold<S>, recordsKept: number, mode: "read" | "append") {
    this.#site = site;
    this.#fold = fold;
    this.#recordsKept = recordsKept;
    this.#mode = mode;
  }

  /** What was followed so far. Throws when nothing could be. */
  get view(): View<S> {
    const { log: path } = this.#site;
    if (this.#view === null) throw new JournalError({ code: "journal/absent", path });
    return this.#view;
  }

  /** What was followed so far; null when it is to be read anew. */
  get followed(): View<S> | null {
    return this.#view;
  }

  /** Follows all there is, with a turn of the event loop now and then. */
  async catchUp(): Promise<View<S>> {
    while (this.follow(followBytesMax) === "more") await new Promise(setImmediate);
    return this.view;
  }

  /** Follows all there is. */
  catchUpNow(): View<S> {
    while (this.follow(Number.POSITIVE_INFINITY) === "more");
    return this.view;
  }

  follow(bytesMax: number): "end" | "more" {
    try {
      const progress = this.#advance(bytesMax);
      if (progress !== "rewritten") return progress;
      this.forget();
      return this.#advance(bytesMax) === "end" ? "end" : "more";
    } catch (cause) {
      this.forget();
      throw wrapped(this.#site.log, cause);
    }
  }

  /**
   * Follows what is there to read in the file that was followed, without a look whether it is still the log: for whoever
   * looks before they rely on it.
   */
  readAhead(bytesMax: number): void {
    const { log } = this.#site;
    try {
      if (this.#view?.scanner.advance(bytesMax, 0) === "rewritten") this.forget();
    } catch (cause) {
      this.forget();
      throw wrapped(log, cause);
    }
  }

  /** Takes a file that this process put in place of the one that was followed. */
  adopt(view: View<S>): void {
    this.forget();
    this.#view = view;
  }

  /** A view of another file, to look at it before it takes the place of the log. */
  viewOf(file: LogFile): View<S> {
    return new View(this.#site, file, this.#fold, this.#recordsKept);
  }

  /** Reads anew from the beginning, next time. */
  forget(): void {
    this.#view?.file.done();
    this.#view = null;
  }

  #advance(bytesMax: number): Progress {
    const { disk, log } = this.#site;
    const there = guarded(log, "look at", () => disk.stat(log));
    if (this.#view !== null && there?.identity !== this.#view.file.identity) this.forget();
    this.#view ??= this.viewOf(new LogFile(this.#site, openLog(this.#site, this.#mode)));
    return this.#view.scanner.advance(bytesMax, there?.size ?? 0);
  }
}
