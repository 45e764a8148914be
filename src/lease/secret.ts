/**
 * Secrets and ids of leases. A secret is 128 random bits, given out once; what is kept is its SHA-256. An id sorts
 * by the time it was made and is never made twice. Nothing here is kept or printed.
 */
import { hash, randomBytes } from "node:crypto";

const secretBytes = 16;
const secretPattern = /^[A-Za-z0-9_-]{22}$/;
/** Crockford's alphabet: no letter is mistaken for a digit. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeDigits = 10;
const randomDigits = 16;

/** 22 characters of base64url. */
export function newSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

/** Whether a text can be a secret at all. */
export function isSecret(text: string): boolean {
  return secretPattern.test(text);
}

/** SHA-256, 64 hexadecimal digits. */
export function hashOf(secret: string): string {
  return hash("sha256", secret, "hex");
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
  return Array.from(randomBytes(randomDigits), (byte) => alphabet[byte % 32]).join("");
}
