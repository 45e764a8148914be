/** An append-only journal of JSON records on a local disk: crash-safe, shared by processes, folded. */
export { type AdvisoryLock, openAdvisoryLock } from "./advisory-lock.js";
export type { Disk, FileHandle, FilesystemStat, FileStat, LockRange, OpenMode } from "./disk.js";
export {
  JournalError,
  type JournalFailure,
  type JournalFailureCode,
  describeDamage,
  describeJournalFailure,
} from "./errors.js";
export { hostClock } from "./host-clock.js";
export { type HostCheck, inspectHost } from "./inspect.js";
export { openJournal } from "./journal.js";
export { nodeDisk } from "./node-disk.js";
export { type RepairDecision, type RepairReport, repairJournal } from "./repair.js";
export { beginsExport, damageOfExport, exportJournal, importJournal } from "./transfer.js";
export type * from "./types.js";
export { type JournalPlace, tailJournal, type Verification, verifyJournal } from "./verify.js";
