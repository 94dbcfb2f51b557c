/** Ids of W3C Trace Context, by chance: each request has one, sampled or not. */

const DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** 32 hexadecimal digits, not all of them zero. */
export function newTraceId(): string {
  return newSpanId() + newSpanId();
}

/** 16 hexadecimal digits, not all of them zero. */
export function newSpanId(): string {
  const a = Math.random() * 0xffff_ffff + 1 >>> 0;
  const b = Math.random() * 0x1_0000_0000 >>> 0;
  // One whole string: what is put together of pieces is put together again by each who reads it.
  return String.fromCharCode(
    DIGITS[a >>> 28]!,
    DIGITS[a >>> 24 & 15]!,
    DIGITS[a >>> 20 & 15]!,
    DIGITS[a >>> 16 & 15]!,
    DIGITS[a >>> 12 & 15]!,
    DIGITS[a >>> 8 & 15]!,
    DIGITS[a >>> 4 & 15]!,
    DIGITS[a & 15]!,
    DIGITS[b >>> 28]!,
    DIGITS[b >>> 24 & 15]!,
    DIGITS[b >>> 20 & 15]!,
    DIGITS[b >>> 16 & 15]!,
    DIGITS[b >>> 12 & 15]!,
    DIGITS[b >>> 8 & 15]!,
    DIGITS[b >>> 4 & 15]!,
    DIGITS[b & 15]!,
  );
}
