import type { Attack, Attacker } from "../attack.ts";
import { packedRepeat } from "./packed.ts";

const MIB = 2 ** 20;

async function again(attacker: Attacker, body: string, path = "/encode"): Promise<void> {
  const bytes = new TextEncoder().encode(body);
  while (!attacker.signal.aborted) await attacker.post(path, bytes);
}

/** Each item of a long list is a fault: none may cost an error that is told. */
export const httpManyFaults: Attack = {
  name: "http: a list of faults",
  protocol: "http",
  seconds: { small: 1.5, full: 20 },
  run: (attacker) => {
    const bytes = (attacker.full ? 8 : 1) * MIB;
    return again(attacker, `{"data":[${"1,".repeat(bytes / 2)}1]}`);
  },
};

/** As many documents as are taken and more, without any packing. */
export const httpEmptyDocuments: Attack = {
  name: "http: empty documents",
  protocol: "http",
  seconds: { small: 1.5, full: 20 },
  run: (attacker) => {
    const bytes = (attacker.full ? 8 : 1) * MIB;
    return again(attacker, `{"data":[${"{},".repeat(bytes / 3)}{}]}`);
  },
};

/** Lists in lists, with a syntax error at the end. */
export const httpNestedLists: Attack = {
  name: "http: nested lists",
  protocol: "http",
  seconds: { small: 1.5, full: 30 },
  async run(attacker) {
    // 11 MB at full size.
    const depth = (attacker.full ? 11 : 3) * MIB;
    const deep = new TextEncoder().encode(`{"data":[{"text":"a","tensor":${"[".repeat(depth)}`);
    const wide = new TextEncoder().encode(
      `{"data":[{"text":"a","tensor":[${"[[1]],".repeat(depth / 6)}`,
    );
    while (!attacker.signal.aborted) {
      await attacker.post("/encode", deep);
      await attacker.post("/encode", wide);
    }
  },
};

/** Every document named again and again. */
export const httpAccessPaths: Attack = {
  name: "http: access paths that name everything 500 times",
  protocol: "http",
  seconds: { small: 1.5, full: 40 },
  run: (attacker) => {
    const count = attacker.full ? 10_000 : 3000;
    const paths = `@${new Array(500).fill("r").join(",")}`;
    const data = `[${'{"text":"a"},'.repeat(count - 1)}{"text":"a"}]`;
    return again(attacker, `{"data":${data},"parameters":{"access_paths":"${paths}"}}`);
  },
};

/** A document with as many matches as a request may hold. */
export const httpManyMatches: Attack = {
  name: "http: rank with very many matches",
  protocol: "http",
  seconds: { small: 1.5, full: 40 },
  run: (attacker) => {
    const count = attacker.full ? 99_998 : 20_000;
    const matches = `[${'{"text":"b"},'.repeat(count - 1)}{"text":"b"}]`;
    return again(attacker, `{"data":[{"text":"a","matches":${matches}}]}`, "/rank");
  },
};

/** Texts of megabytes, of which 77 tokens count. */
export const httpLongTexts: Attack = {
  name: "http: texts of megabytes",
  protocol: "http",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const length = (attacker.full ? 10 : 2) * MIB;
    const units = ["a", " ", "é", "Ã©", "&amp;", "a\u0301", "'s", "red circle ", "😀", "\ufffdâ€"];
    for (let round = 0; !attacker.signal.aborted; round++) {
      const unit = units[round % units.length]!;
      const text = unit.repeat(length / new TextEncoder().encode(unit).length);
      await attacker.post("/encode", JSON.stringify({ data: [{ text }] }));
    }
  },
};

/** Marks that Unicode's normalisation would put in order one by one, each past all before it. */
export const httpUnorderedMarks: Attack = {
  name: "http: texts of combining marks in a wrong order",
  protocol: "http",
  seconds: { small: 1.5, full: 60 },
  async run(attacker) {
    const length = (attacker.full ? 10 : 1) * MIB;
    for (let round = 0; !attacker.signal.aborted; round++) {
      const text = `${round}${"\u0301\u0327".repeat(length / 4)}`;
      await attacker.post("/encode", JSON.stringify({ data: [{ text }] }));
    }
  },
};

/** Zeros that unpack to a thousand times what was sent. */
export const httpZeroBomb: Attack = {
  name: "http: gzip of zeros",
  protocol: "http",
  seconds: { small: 1.5, full: 20 },
  async run(attacker) {
    const [head, zero] = [new TextEncoder().encode('{"x":"'), new Uint8Array(1)];
    const body = await packedRepeat(head, zero, (attacker.full ? 1024 : 64) * MIB, zero);
    while (!attacker.signal.aborted) {
      await attacker.post("/encode", body, { "content-encoding": "gzip" });
    }
  },
};
