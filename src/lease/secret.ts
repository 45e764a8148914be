/**
 * Secrets and ids of leases. A secret is 128 random bits, given out once; what is kept is its SHA-256. An id sorts
 * by the time it was made and is never made twice. Nothing here is written or printed.
 */
import { hash, randomFillSync } from "node:crypto";

const secretBytes = 16;
const secretPattern = /^[A-Za-z0-9_-]{22}$/;
/** Crockford's alphabet: no letter is mistaken for a digit. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeDigits = 10;
const randomDigits = 16;
/** Random bytes are asked for in stretches, which costs less; those that were given out are wiped. */
const stretchBytes = 2_048;
/** Most secrets whose hash is remembered by one handle. */
const rememberedMax = 1_024;

const stretch = Buffer.alloc(stretchBytes);
let used = stretchBytes;

/** 22 characters of base64url. */
export function newSecret(): string {
  const bytes = randomStretch(secretBytes);
  const secret = bytes.toString("base64url");
  bytes.fill(0);
  return secret;
}

/** Whether a text can be a secret at all. */
export function isSecret(text: string): boolean {
  return secretPattern.test(text);
}

/** SHA-256, 64 hexadecimal digits. */
export function hashOf(secret: string): string {
  return hash("sha256", secret, "hex");
}

/** `hashOf` that remembers: a holder gives the same secret with each call. */
export function rememberingHash(): (secret: string) => string {
  const known = new Map<string, string>();
  return (secret) => {
    const before = known.get(secret);
    if (before !== undefined) return before;
    const found = hashOf(secret);
    if (known.size >= rememberedMax) known.clear();
    known.set(secret, found);
    return found;
  };
}

/** 26 characters: 48 bits of wall-clock milliseconds, then 80 random bits. */
export function newId(wallMs: number): string {
  return timePart(wallMs) + randomPart();
}

function timePart(wallMs: number): string {
  let rest = Math.min(Math.max(0, Math.floor(wallMs)), 2 ** 48 - 1);
  let text = "";
  for (let digit = 0; digit < timeDigits; digit += 1) {
    text = (alphabet[rest % 32] ?? "") + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function randomPart(): string {
  let text = "";
  for (const byte of randomStretch(randomDigits)) text += alphabet[byte % 32] ?? "";
  return text;
}

function randomStretch(length: number): Buffer {
  if (used + length > stretchBytes) {
    randomFillSync(stretch);
    used = 0;
  }
  used += length;
  return stretch.subarray(used - length, used);
}
