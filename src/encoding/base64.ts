/** Base64 as Python reads and writes it. */

const ALPHABET = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
  ALPHABET[char.charCodeAt(0)] = 1;
}

/**
 * Decodes base64 as leniently as Python's `base64.b64decode`: characters outside the alphabet are
 * skipped, the first complete padding ends it. Missing padding, an error in Python, is forgiven.
 *
 * @throws {SyntaxError} one character more than a multiple of four: no bytes can give that.
 */
export function decodeBase64(text: string): Uint8Array {
  try {
    // The runtime's decoder is strict and some hundred times faster than the loop below.
    return Uint8Array.fromBase64(text);
  } catch {
    return Uint8Array.fromBase64(cleaned(text));
  }
}

function cleaned(text: string): string {
  let kept = "";
  let pads = 0;
  let from = 0;
  let i = 0;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 128 && ALPHABET[code] === 1) {
      pads = 0;
      continue;
    }
    kept += text.slice(from, i);
    from = i + 1;
    // Padding only counts where it completes a group, as in CPython's binascii.
    if (code === 0x3d && kept.length % 4 >= 2 && ++pads + kept.length % 4 >= 4) return kept;
  }
  return kept + text.slice(from, i);
}

/** Encodes bytes as standard, padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}
