/**
 * SHA-256 (FIPS 180-4). Browsers compute it themselves in secure contexts only, and a server in the
 * next room is often opened by plain HTTP.
 */

/** Characters of a picture's id: 128 bits of its hash. */
const ID_CHARACTERS = 32;

/**
 * The id of a picture: the same for the same content, whatever its name.
 * @param {ArrayBuffer} content
 * @returns {Promise<string>}
 */
export async function contentId(content) {
  // Undefined on plain HTTP, whatever the types say.
  const subtle = /** @type {SubtleCrypto | undefined} */ (globalThis.crypto?.subtle);
  const hash = subtle
    ? new Uint8Array(await subtle.digest("SHA-256", content))
    : sha256(new Uint8Array(content));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")
    .slice(0, ID_CHARACTERS);
}

const BLOCK = 64;
const { constants: CONSTANTS, start: START } = fractions();

/**
 * @param {Uint8Array} content
 * @returns {Uint8Array} 32 bytes
 */
export function sha256(content) {
  const state = Uint32Array.from(START);
  const words = new Uint32Array(BLOCK);
  const whole = content.length - content.length % BLOCK;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  for (let at = 0; at < whole; at += BLOCK) mix(state, words, view, at);
  // The rest, a one bit, zeros, and the length in bits.
  const rest = content.length - whole;
  const last = new DataView(new ArrayBuffer(rest + 9 > BLOCK ? 2 * BLOCK : BLOCK));
  new Uint8Array(last.buffer).set(content.subarray(whole));
  last.setUint8(rest, 0x80);
  last.setBigUint64(last.byteLength - 8, BigInt(content.length) * 8n);
  for (let at = 0; at < last.byteLength; at += BLOCK) mix(state, words, last, at);
  const hash = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => hash.setUint32(4 * i, word));
  return new Uint8Array(hash.buffer);
}

/**
 * Takes one block into the state.
 * @param {Uint32Array} state
 * @param {Uint32Array} words room for 64
 * @param {DataView} view
 * @param {number} at
 */
function mix(state, words, view, at) {
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + 4 * i);
  for (let i = 16; i < BLOCK; i++) {
    const x = word(words, i - 15);
    const y = word(words, i - 2);
    const small = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
    words[i] = word(words, i - 16) + small + word(words, i - 7) +
      (turned(y, 17) ^ turned(y, 19) ^ (y >>> 10));
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < BLOCK; i++) {
    const chosen = (e & f) ^ (~e & g);
    const first = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen +
        word(CONSTANTS, i) + word(words, i) | 0;
    const most = (a & b) ^ (a & c) ^ (b & c);
    const second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + most | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, d + first | 0, c, b, a, first + second | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => state[i] = word(state, i) + value);
}

/**
 * @param {Uint32Array} words
 * @param {number} i
 */
function word(words, i) {
  return /** @type {number} */ (words[i]);
}

/**
 * @param {number} value
 * @param {number} bits
 */
function turned(value, bits) {
  return (value >>> bits) | (value << (32 - bits));
}

/** The first 32 bits of the fractions of the first 64 primes' cube roots, and of 8 square roots. */
function fractions() {
  /** @type {number[]} */
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  const bits = (/** @type {number} */ root) => (root % 1) * 2 ** 32;
  return {
    constants: Uint32Array.from(primes, (p) => bits(Math.cbrt(p))),
    start: Uint32Array.from(primes.slice(0, 8), (p) => bits(Math.sqrt(p))),
  };
}
