/**
 * The bicubic resampler on the WebAssembly kernel. The image goes through a strip of a few rows in
 * the kernel's memory, which stays in the processor's cache; only the columns and rows that the
 * crop needs are computed.
 */
import type { AxisCoefficients } from "./coefficients.ts";
import { KERNEL_WASM_BASE64 } from "./kernel_wasm.ts";
import type { Source } from "./resample_scalar.ts";

interface KernelExports {
  memory: WebAssembly.Memory;
  horizontal(
    src: number,
    srcStride: number,
    dst: number,
    dstStride: number,
    rows: number,
    bounds: number,
    weights: number,
    weightStride: number,
    outputs: number,
    channels: number,
  ): void;
  horizontalGray(
    src: number,
    srcStride: number,
    dst: number,
    dstStride: number,
    rows: number,
    bounds: number,
    weights: number,
    weightStride: number,
    outputs: number,
  ): void;
  vertical(
    src: number,
    stride: number,
    dst: number,
    bounds: number,
    weights: number,
    weightStride: number,
    outputs: number,
  ): void;
  premultiply(at: number, bytes: number): void;
}

/** Coefficients in the kernel's layout: 16-bit halves, `lanes` lows then `lanes` highs, and so on. */
interface PackedWeights {
  data: Int16Array;
  /** Bytes of one output's coefficients. */
  stride: number;
}

/** Bits of the low half of a coefficient. */
const LOW_BITS = 14;
/** Source bytes taken at a time: with the rows made of them they fit a level-two cache. */
const STRIP_BYTES = 128 * 1024;
/** Bytes that a wide load may read past the last pixel. */
const SLACK = 64;

const align = (bytes: number): number => (bytes + 15) & ~15;

function pack(axis: AxisCoefficients, lanes: 2 | 8): PackedWeights {
  const outputs = axis.starts.length;
  // Room for whole steps of any of the kernel's loops.
  const groups = (Math.ceil(axis.taps / 8) * 8) / lanes;
  const stride = groups * lanes * 4;
  const data = new Int16Array((outputs * stride) / 2);
  for (let i = 0; i < outputs; i++) {
    for (let t = 0; t < axis.counts[i]!; t++) {
      const weight = axis.fixed[i * axis.taps + t]!;
      const at = (i * stride) / 2 + Math.floor(t / lanes) * lanes * 2 + (t % lanes);
      data[at] = weight & ((1 << LOW_BITS) - 1);
      data[at + lanes] = weight >> LOW_BITS;
    }
  }
  return { data, stride };
}

/** Packed forms live as long as the coefficients that they were made of. */
const packedPairs = new WeakMap<AxisCoefficients, PackedWeights>();
const packedEights = new WeakMap<AxisCoefficients, PackedWeights>();

function packed(axis: AxisCoefficients, lanes: 2 | 8): PackedWeights {
  const cache = lanes === 2 ? packedPairs : packedEights;
  let weights = cache.get(axis);
  if (weights === undefined) {
    weights = pack(axis, lanes);
    cache.set(axis, weights);
  }
  return weights;
}

/** For each output the byte offset of its first tap and its number of steps of `taps` taps. */
function bounds(axis: AxisCoefficients, origin: number, step: number, taps: number): Int32Array {
  const pairs = new Int32Array(axis.starts.length * 2);
  for (let i = 0; i < axis.starts.length; i++) {
    pairs[2 * i] = (axis.starts[i]! - origin) * step;
    pairs[2 * i + 1] = Math.ceil(axis.counts[i]! / taps);
  }
  return pairs;
}

/** One instance of the kernel and its memory, which grows to the largest image seen and is reused. */
export class SimdResampler {
  readonly #kernel: KernelExports;

  /** @throws {WebAssembly.CompileError} where WebAssembly has no SIMD. */
  constructor() {
    const module = new WebAssembly.Module(Uint8Array.fromBase64(KERNEL_WASM_BASE64));
    this.#kernel = new WebAssembly.Instance(module).exports as unknown as KernelExports;
  }

  /**
   * As `resampleScalar`, bit for bit.
   *
   * @param premultiplies multiply the colours by the fourth channel on the way in (RGBA)
   */
  resample(
    { data, width, channels, left, top }: Source,
    across: AxisCoefficients,
    down: AxisCoefficients,
    premultiplies = false,
  ): Uint8Array {
    const columns = across.starts.length;
    const outRows = down.starts.length;
    const inRows = down.last - down.first;
    const rowBytes = width * channels;
    const usedBytes = (across.last - across.first) * channels;
    // Whole rows are one copy; where the crop uses little of a row, rows are copied one by one.
    const wholeRows = usedBytes * 2 >= rowBytes;
    const stride = wholeRows ? rowBytes : usedBytes;
    const stripRows = Math.max(4, Math.floor(STRIP_BYTES / stride) & ~3);
    const lanes = channels === 1 ? 8 : 2;
    const acrossWeights = packed(across, lanes);
    const downWeights = packed(down, 2);
    const outStride = align(columns * channels + 1);

    let end = 0;
    const allot = (bytes: number): number => {
      const at = end;
      end += align(bytes);
      return at;
    };
    const acrossBounds = allot(columns * 8);
    const acrossAt = allot(acrossWeights.data.byteLength);
    const downBounds = allot(outRows * 8);
    const downAt = allot(downWeights.data.byteLength);
    const strip = allot((stripRows + 4) * stride + SLACK);
    const between = allot((inRows + 8) * outStride);
    const out = allot(outRows * outStride);
    const memory = this.#reserve(end);

    const origin = wholeRows ? left : across.first;
    new Int32Array(memory.buffer).set(
      bounds(across, origin, channels, channels === 1 ? 8 : 4),
      acrossBounds >> 2,
    );
    new Int16Array(memory.buffer).set(acrossWeights.data, acrossAt >> 1);
    new Int32Array(memory.buffer).set(bounds(down, down.first, outStride, 2), downBounds >> 2);
    new Int16Array(memory.buffer).set(downWeights.data, downAt >> 1);

    for (let y = 0; y < inRows; y += stripRows) {
      const rows = Math.min(stripRows, inRows - y);
      const from = (down.first - top + y) * rowBytes;
      if (wholeRows) {
        memory.set(data.subarray(from, from + rows * rowBytes), strip);
      } else {
        for (let r = 0; r < rows; r++) {
          const at = from + r * rowBytes + (across.first - left) * channels;
          memory.set(data.subarray(at, at + usedBytes), strip + r * stride);
        }
      }
      const to = between + y * outStride;
      if (premultiplies) this.#kernel.premultiply(strip, align(rows * stride));
      if (channels === 1) {
        this.#kernel.horizontalGray(
          strip,
          stride,
          to,
          outStride,
          rows,
          acrossBounds,
          acrossAt,
          acrossWeights.stride,
          columns,
        );
      } else {
        this.#kernel.horizontal(
          strip,
          stride,
          to,
          outStride,
          rows,
          acrossBounds,
          acrossAt,
          acrossWeights.stride,
          columns,
          channels,
        );
      }
    }
    this.#kernel.vertical(
      between,
      outStride,
      out,
      downBounds,
      downAt,
      downWeights.stride,
      outRows,
    );
    const lineBytes = columns * channels;
    const crop = new Uint8Array(outRows * lineBytes);
    for (let y = 0; y < outRows; y++) {
      const at = out + y * outStride;
      crop.set(memory.subarray(at, at + lineBytes), y * lineBytes);
    }
    return crop;
  }

  #reserve(bytes: number): Uint8Array {
    const { memory } = this.#kernel;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return new Uint8Array(memory.buffer);
  }
}
