/** Float32 numbers as JSON text, by a WebAssembly kernel. */
import { KERNEL_WASM_BASE64 } from "./float_digits_wasm.ts";

interface KernelExports {
  memory: WebAssembly.Memory;
  /** Writes the numbers at `from` to `end`, a comma after each; returns where the text ends. */
  write(from: number, end: number, to: number): number;
}

/** The powers of ten that scale a float32. */
const MIN_POWER = -31;
const MAX_POWER = 45;

/** Numbers taken at a time: with 24 bytes of text for each they fit one page of 64 KiB. */
const CHUNK = 2048;
const NUMBERS_AT = 1024;
const TEXT_AT = NUMBERS_AT + CHUNK * Float32Array.BYTES_PER_ELEMENT;

/** 10^power times the power of two that makes it 64 bits, rounded up. */
function powerOfTen(power: number): bigint {
  const shift = BigInt(63 - Math.floor(power * Math.log2(10)));
  const times = 10n ** BigInt(Math.max(power, 0)) << (shift > 0n ? shift : 0n);
  const over = 10n ** BigInt(Math.max(-power, 0)) << (shift < 0n ? -shift : 0n);
  return (times + over - 1n) / over;
}

function instantiate(): KernelExports {
  const module = new WebAssembly.Module(Uint8Array.fromBase64(KERNEL_WASM_BASE64));
  const kernel = new WebAssembly.Instance(module).exports as unknown as KernelExports;
  const powers = new BigUint64Array(kernel.memory.buffer, 0, MAX_POWER - MIN_POWER + 1);
  for (let i = 0; i < powers.length; i++) powers[i] = powerOfTen(MIN_POWER + i);
  return kernel;
}

const kernel = instantiate();
const numbers = new Float32Array(kernel.memory.buffer, NUMBERS_AT, CHUNK);
const text = new Uint8Array(kernel.memory.buffer, TEXT_AT);

/**
 * Writes float32 numbers as JSON, a comma after each, and hands the text over in pieces. A number
 * has the fewest digits that read back to the same bits, whether a reader takes them for a float32
 * or for a double that it rounds; of equally short ones the nearest; and the form that JavaScript
 * gives them, but for `-0`. NaN and infinities, which JSON does not have, are `null`.
 *
 * @param take called with each piece, UTF-8: a view that is valid during the call.
 */
export function writeFloatDigits(values: Float32Array, take: (piece: Uint8Array) => void): void {
  for (let at = 0; at < values.length; at += CHUNK) {
    const chunk = values.subarray(at, at + CHUNK);
    numbers.set(chunk);
    const end = kernel.write(NUMBERS_AT, NUMBERS_AT + chunk.byteLength, TEXT_AT);
    take(text.subarray(0, end - TEXT_AT));
  }
}
