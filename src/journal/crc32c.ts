/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes a step by tables.
 *
 * Made for lines of some hundred bytes, where a call into native code costs more than it saves.
 */

const polynomial = 0x82f63b78;
const tables = buildTables();

/** Slice k at `k * 256`: the effect of a byte that is followed by k more. */
function buildTables(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      rest = (rest & 1) === 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
    }
    table[byte] = rest;
  }
  for (let at = 256; at < table.length; at += 1) {
    const before = table[at - 256] as number;
    table[at] = (table[before & 255] as number) ^ (before >>> 8);
  }
  return table;
}

/** Checksum of `bytes[start, end)`, an unsigned 32-bit integer. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  const t = tables;
  let rest = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    rest ^= at4(bytes, at);
    rest =
      (t[1792 + (rest & 255)] as number) ^
      (t[1536 + ((rest >>> 8) & 255)] as number) ^
      (t[1280 + ((rest >>> 16) & 255)] as number) ^
      (t[1024 + (rest >>> 24)] as number) ^
      (t[768 + (bytes[at + 4] as number)] as number) ^
      (t[512 + (bytes[at + 5] as number)] as number) ^
      (t[256 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number);
  }
  for (; at < end; at += 1) {
    rest = (t[(rest ^ (bytes[at] as number)) & 255] as number) ^ (rest >>> 8);
  }
  return ~rest >>> 0;
}

function at4(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
