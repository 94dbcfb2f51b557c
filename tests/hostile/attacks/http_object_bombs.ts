import type { Attack } from "../attack.ts";
import { packedRepeat } from "./packed.ts";

const MIB = 2 ** 20;

/** Beginning, what is repeated, end. */
const SHAPES: readonly (readonly [string, string, string])[] = [
  ['{"data":[{}', ",{}", "]}"],
  ['{"data":[{"text":"a"}],"parameters":{"x":[[]', ",[]", "]}}"],
  ['{"data":[1', ",1", "]}"],
  ['{"data":[{"text":"a","tags":{"x":[0', ',{"a":{}}', "]}}]}"],
  ['{"data":[{"text":"a"}', ',{"text":"a"}', "]}"],
  ['{"data":[{"text":"a","scores":{"a":{}', ',"b":{}', "}}]}"],
  ['{"data":[{"text":"a","embedding":[[]', ",[]", "]}]}"],
  ['{"data":[{"text":"a"}],"x":"', "a", '"}'],
];

/** Bodies of kilobytes that unpack to megabytes of objects, each of which costs a hundred bytes. */
export const httpObjectBombs: Attack = {
  name: "http: gzip of many tiny objects",
  protocol: "http",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const encode = (text: string) => new TextEncoder().encode(text);
    for (let round = 0; !attacker.signal.aborted; round++) {
      const [head, unit, tail] = SHAPES[round % SHAPES.length]!;
      const size = attacker.full ? 64 * MIB : 8 * MIB;
      const body = await packedRepeat(encode(head), encode(unit), size, encode(tail));
      await attacker.post("/encode", body, { "content-encoding": "gzip" });
    }
  },
};
