/** Bounds of the format and of the code that reads it. Beyond one of them nothing is guessed. */

/** Longest line of a record, its end included. A longer line is damage and is skipped, not held. */
export const recordBytesMax = 1 << 20;
/** Longest first line, which holds the checkpoint. */
export const checkpointBytesMax = 64 << 20;
/** Levels of arrays and objects inside the data of one event. */
export const nestingMax = 64;
/** Events in one record. */
export const recordEventsMax = 1_000;
/** Characters of an event's type. */
export const typeLengthMax = 64;
/** Characters of a boot id. */
export const bootIdLengthMax = 64;
/** Entries in the list of damage; the last one then says that there is more. */
export const damageMax = 100;
/** Calls decided under one hold of the process lock, and bytes written under it. */
export const batchCallsMax = 1_024;
export const batchBytesMax = 4 << 20;
/** Bytes followed in one go before the event loop gets a turn. */
export const followBytesMax = 4 << 20;
/** Times that a writer who waits for the lock frees it again because it was far behind; then it follows under the lock. */
export const catchUpsMax = 3;
/** Bytes that compaction keeps to the letter, records of unknown types aside. */
export const keptBytesMax = 1 << 20;
/** Copies of torn tails in a state directory; the oldest go first. */
export const tornCopiesMax = 32;

/**
 * A disk writes whole sectors. What an interrupted write leaves behind therefore reads as zeros up
 * to a multiple of this.
 */
export const sectorBytes = 512;

export const defaultCompaction = { bytesMin: 4 << 20, ratio: 4, recordsKept: 1_000 } as const;
export const defaultLock = { waitMs: 10_000 } as const;
/** Of so many waiting calls a turn leaves half to the next one, so that the disk is never waited for idly. */
export const sharedCallsMin = 16;
