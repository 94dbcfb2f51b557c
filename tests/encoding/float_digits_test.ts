/**
 * Every one of the 2^32 patterns was read back once. These are those that matter, and a million
 * others.
 */
import assert from "node:assert/strict";
import { writeFloatDigits } from "../../src/encoding/float_digits.ts";

const INFINITY = 0x7f800000;
const SIGN = 0x80000000;
/** The shortest decimal of this one, 7.038531e-26, is another float32 to a reader of doubles. */
const TWICE_ROUNDED = 0x15ae43fd;

function textOf(values: Float32Array): string {
  let text = "";
  writeFloatDigits(values, (piece) => text += new TextDecoder().decode(piece));
  return text;
}

function fromBits(bits: ArrayLike<number>): Float32Array {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/** Finite patterns from all over, and their negatives. */
function notablePatterns(): number[] {
  const patterns = new Set<number>();
  const around = (bits: number, reach: number) => {
    for (let i = bits - reach; i <= bits + reach; i++) {
      if (i >= 0 && i < INFINITY) patterns.add(i).add(i + SIGN);
    }
  };
  around(0, 600); // The smallest subnormals.
  around(TWICE_ROUNDED, 5);
  for (let exponent = 0; exponent <= 255; exponent++) {
    around(exponent * 2 ** 23, 8); // Powers of two, where the gap changes, and the largest of all.
    around((exponent + 0.5) * 2 ** 23, 2);
    around((exponent + 1 / 3) * 2 ** 23 | 0, 2);
  }
  for (let power = -45; power <= 38; power++) around(bitsOf(Number(`1e${power}`)), 8);
  for (let integer = 1; integer < 1000; integer++) {
    around(bitsOf(integer), 1);
    around(bitsOf(integer / 1000), 1);
    // Halfway between two decimals of eight digits, and beyond what a float32 counts.
    around(bitsOf(2 ** 23 + integer + 0.5), 1);
    around(bitsOf(2 ** 24 + integer * 10 + 5), 2);
  }
  return [...patterns];
}

/** The same million each time, infinities and NaN among them (xorshift). */
function randomPatterns(count: number): Uint32Array {
  let state = 0x9e3779b9;
  return Uint32Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}

function assertReadsBack(values: Float32Array): void {
  const parsed: (number | null)[] = JSON.parse(`[${textOf(values).slice(0, -1)}]`);
  assert.equal(parsed.length, values.length);
  for (let i = 0; i < values.length; i++) {
    const expected = Number.isFinite(values[i]) ? values[i]! : null;
    const got = parsed[i] === null ? null : Math.fround(parsed[i]!);
    if (!Object.is(got, expected)) assert.fail(`${expected} was written as ${parsed[i]}`);
  }
}

/**
 * The answer by its definition, in exact arithmetic: among the decimals that read back, those of
 * the fewest digits, of these the nearest, of two as near the even one.
 */
function shortestByDefinition(value: number): number {
  const bits = bitsOf(value);
  const exponent = bits >>> 23;
  const fraction = bits & 0x7fffff;
  const q = Math.max(exponent, 1) - 150;
  const c = BigInt(exponent === 0 ? fraction : fraction + 0x800000);
  const closer = fraction === 0 && exponent > 1 ? 1n : 0n;
  for (let power = 39;; power--) {
    // Everything in units of 2^(q - 2) * 10^power, times what makes all whole.
    const times = 10n ** BigInt(Math.max(-power, 0)) << BigInt(Math.max(q - 2, 0));
    const unit = 10n ** BigInt(Math.max(power, 0)) << BigInt(Math.max(2 - q, 0));
    const inside = [0n, 1n].map((up) => 4n * c * times / unit + up).filter((digits) => {
      const least = (4n * c - 2n + closer) * times;
      const most = (4n * c + 2n) * times;
      const at = digits * unit;
      const belongs = c % 2n === 0n ? least <= at && at <= most : least < at && at < most;
      return belongs && Math.fround(Number(`${digits}e${power}`)) === value;
    });
    if (inside.length === 0) continue;
    const far = (digits: bigint) => {
      const distance = digits * unit - 4n * c * times;
      return distance < 0n ? -distance : distance;
    };
    inside.sort((a, b) => Number(far(a) - far(b)) || Number(a % 2n - b % 2n));
    return Number(`${inside[0]}e${power}`);
  }
}

Deno.test("writeFloatDigits: notable numbers read back to the bit", () => {
  assertReadsBack(fromBits(notablePatterns()));
});

Deno.test("writeFloatDigits: a million random patterns read back to the bit", () => {
  assertReadsBack(fromBits(randomPatterns(1e6)));
});

Deno.test("writeFloatDigits: notable numbers have the shortest digits, the nearest of them", () => {
  const values = fromBits(notablePatterns().filter((bits) => bits > 0 && bits < SIGN));
  const texts = textOf(values).split(",");
  values.forEach((value, i) => assert.equal(texts[i], String(shortestByDefinition(value))));
});

Deno.test("writeFloatDigits: random numbers have no digit too many, and JavaScript's form", () => {
  const values = fromBits(randomPatterns(1e6)).filter(Number.isFinite);
  const texts = textOf(values).split(",");
  values.forEach((value, i) => {
    const text = texts[i]!;
    if (text !== String(Number(text))) assert.fail(`${text} for ${Number(text)}`);
    const digits = Number(text).toExponential().replace(/e.*/, "").replace(/\D/g, "").length;
    if (digits === 1) return;
    const shorter = Number(value.toPrecision(digits - 1));
    if (Math.fround(shorter) === value) assert.fail(`${text}, but ${shorter} is enough`);
  });
});

Deno.test("writeFloatDigits: every form that a number has", () => {
  const forms: [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [NaN, "null"],
    [Infinity, "null"],
    [-Infinity, "null"],
    [1, "1"],
    [-10, "-10"],
    [0.1, "0.1"],
    [-0.0321, "-0.0321"],
    [123456.789, "123456.79"],
    [16777216, "16777216"],
    [2 ** 31, "2147483600"],
    [0.000001, "0.000001"],
    [1.2345678e-6, "0.0000012345678"],
    [1e-7, "1e-7"],
    [-1.5e-10, "-1.5e-10"],
    [1e20, "100000000000000000000"],
    [1e21, "1e+21"],
    [1.5e22, "1.5e+22"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [1.401298464324817e-45, "1e-45"],
    [fromBits([TWICE_ROUNDED])[0]!, "7.0385307e-26"],
  ];
  assert.equal(
    textOf(Float32Array.from(forms, ([value]) => value)),
    forms.map(([, text]) => `${text},`).join(""),
  );
});
