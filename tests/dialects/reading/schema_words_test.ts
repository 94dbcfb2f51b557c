import assert from "node:assert/strict";
import { z } from "zod";
import { typed } from "../../../src/dialects/reading/typed_body.ts";

const SCHEMA = z.looseObject({
  text: z.string().max(3).optional(),
  count: z.int().min(1).max(9).optional(),
  flag: z.boolean().optional(),
  list: z.array(z.string()).min(1).optional(),
  word: z.enum(["END", "START"]).optional(),
  only: z.literal("EMBEDDING").optional(),
  either: z.union([z.string(), z.array(z.string())]).optional(),
  inner: z.looseObject({ query: z.string() }).optional(),
  own: z.string("say it in words").optional(),
});

Deno.test("what is wrong is said in JSON's words, and what is not there is missing", () => {
  for (
    const [value, words] of [
      [{ inner: {} }, "'inner.query': expected a string, and it is missing"],
      [{ inner: { query: null } }, "'inner.query': expected a string, and it is null"],
      [{ inner: [] }, "'inner': expected an object, and it is a list"],
      [{ text: 5 }, "'text': expected a string, and it is a number"],
      [{ text: "long" }, "'text': expected at most 3 characters"],
      [{ count: "5" }, "'count': expected a number, and it is a string"],
      [{ count: 1.5 }, "'count': expected a whole number, and it is a number"],
      [{ count: 0 }, "'count': expected at least 1"],
      [{ count: 10 }, "'count': expected at most 9"],
      [{ flag: 1 }, "'flag': expected true or false, and it is a number"],
      [{ list: [] }, "'list': expected a list of at least 1"],
      [{ list: {} }, "'list': expected a list, and it is an object"],
      [{ list: ["a", true] }, "'list.1': expected a string, and it is true"],
      [{ word: "NO" }, `'word': expected one of "END", "START"`],
      [{ only: "X" }, `'only': expected "EMBEDDING"`],
      [{ either: 5 }, "'either': it is a number of a kind not taken here"],
      [{ own: 5 }, "'own': say it in words"],
      [[], "expected an object, and it is a list"],
    ] as const
  ) {
    assert.throws(() => typed(value, SCHEMA), { message: words });
  }
});
