/**
 * A writer of the journal: what it does next, and what it remembers of the file.
 *
 * It holds the process lock from `locked` on, and gives it back before its sync: while it is `syncing` others
 * follow, append and sync, and each sync covers all bytes before it. Whoever opens the file syncs the directory
 * before it goes on: the one that made or replaced the name may have died before its own sync.
 */
import { assertEvent, assign, setup } from "xstate";

/** `phase` is the chart's state. */
export interface WriterRecord extends WriterContext {
  readonly phase: string;
}

export interface WriterContext {
  /** The inode it has open. */
  readonly inode: number | null;
  /** It made that file itself and has not synced its name. */
  readonly made: boolean;
  /** Records it knows. */
  readonly count: number;
  /** Records up to this one are on the disk, as far as it knows. */
  readonly durable: number;
  /** Number of the record that waits for its acknowledgement; 0 when there is none. */
  readonly mine: number;
}

export type WriterEvent =
  | { readonly type: "lock.granted" }
  | {
      readonly type: "log.followed";
      readonly inode: number;
      readonly made: boolean;
      readonly count: number;
      readonly durable: number;
    }
  | { readonly type: "log.refused" }
  | { readonly type: "directory.synced" }
  | { readonly type: "record.appended"; readonly seq: number; readonly durable: boolean }
  | { readonly type: "record.failed" }
  | { readonly type: "nothing.decided" }
  | { readonly type: "data.synced" }
  | { readonly type: "data.failed" }
  | { readonly type: "copy.written" }
  | { readonly type: "copy.synced" }
  | { readonly type: "copy.renamed"; readonly inode: number }
  | { readonly type: "process.ended" };

export const freshWriter: WriterContext = {
  inode: null,
  made: false,
  count: 0,
  durable: 0,
  mine: 0,
};

const kit = setup({
  types: { context: {} as WriterContext, events: {} as WriterEvent, tags: {} as "locks" },
  guards: {
    isOpen: ({ context, event }) => {
      assertEvent(event, "log.followed");
      return event.inode === context.inode;
    },
    isDurable: ({ event }) => {
      assertEvent(event, "record.appended");
      return event.durable;
    },
  },
  actions: {
    noteCount: assign({
      count: ({ event, context }) => (event.type === "log.followed" ? event.count : context.count),
      durable: ({ event, context }) =>
        event.type === "log.followed" ? Math.max(context.durable, event.durable) : context.durable,
    }),
    noteFile: assign({
      inode: ({ event, context }) =>
        event.type === "log.followed" || event.type === "copy.renamed"
          ? event.inode
          : context.inode,
      made: ({ event }) => event.type === "log.followed" && event.made,
    }),
    noteName: assign({ made: false }),
    noteRecord: assign({
      count: ({ event, context }) => (event.type === "record.appended" ? event.seq : context.count),
    }),
    awaitAck: assign({ mine: ({ event }) => (event.type === "record.appended" ? event.seq : 0) }),
    noteSync: assign({
      durable: ({ context }) => Math.max(context.durable, context.mine),
      mine: 0,
    }),
    endWait: assign({ mine: 0 }),
    forget: assign({ ...freshWriter }),
  },
});

export function createWriterMachine() {
  return kit.createMachine({
    id: "writer",
    context: freshWriter,
    on: { "process.ended": { target: ".idle", actions: "forget" } },
    initial: "idle",
    states: {
      idle: { on: { "lock.granted": "locked" } },
      locked: {
        tags: "locks",
        on: {
          "log.followed": [
            { guard: "isOpen", target: "ready", actions: "noteCount" },
            { target: "opened", actions: ["noteFile", "noteCount"] },
          ],
          "log.refused": "idle",
        },
      },
      opened: {
        tags: "locks",
        on: { "directory.synced": { target: "ready", actions: "noteName" } },
      },
      ready: {
        tags: "locks",
        on: {
          "record.appended": [
            { guard: "isDurable", target: "syncing", actions: ["noteRecord", "awaitAck"] },
            { target: "idle", actions: "noteRecord" },
          ],
          "record.failed": "idle",
          "nothing.decided": "idle",
          "copy.written": "copying",
        },
      },
      syncing: {
        on: {
          "data.synced": { target: "idle", actions: "noteSync" },
          "data.failed": { target: "idle", actions: "endWait" },
        },
      },
      copying: { tags: "locks", on: { "copy.synced": "copied" } },
      copied: { tags: "locks", on: { "copy.renamed": { target: "renamed", actions: "noteFile" } } },
      renamed: { tags: "locks", on: { "directory.synced": "idle" } },
    },
  });
}
