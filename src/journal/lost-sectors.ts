/**
 * Whether damaged bytes look like sectors that a crash kept from the disk.
 *
 * Lines hold no NUL. A sector that was never written reads as NULs from where the earlier content
 * ended, which is the start of a line, or from the sector's own start, up to its end or the file's.
 * A flipped bit, a line from elsewhere or a cut in the middle does not look like that.
 */
import { sectorBytes } from "./limits.js";

/**
 * `bytes[start, end)` is one line, or the part of one that is at hand; `offset` is the place of
 * `bytes[0]` in the file, `lineStart` where the line begins in it, `fileEnd` whether it ends the file.
 */
export function looksLost(
  bytes: Buffer,
  start: number,
  end: number,
  place: { readonly offset: number; readonly lineStart: number; readonly fileEnd: boolean },
): boolean {
  const { offset, lineStart, fileEnd } = place;
  const firstBoundary = Math.ceil((offset + start + 1) / sectorBytes) * sectorBytes - offset;
  for (let boundary = firstBoundary; boundary <= end; boundary += sectorBytes) {
    if (isLostUpTo(bytes, start, boundary, offset, lineStart)) return true;
  }
  return fileEnd && end > start && isLostUpTo(bytes, start, end, offset, lineStart);
}

function isLostUpTo(
  bytes: Buffer,
  start: number,
  boundary: number,
  offset: number,
  lineStart: number,
): boolean {
  let at = boundary;
  while (at > start && bytes[at - 1] === 0) {
    at -= 1;
    if ((offset + at) % sectorBytes === 0) return true;
  }
  return at < boundary && offset + at === lineStart;
}
