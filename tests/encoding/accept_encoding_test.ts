import assert from "node:assert/strict";
import { chooseCoding } from "../../src/encoding/accept_encoding.ts";

Deno.test("chooseCoding() follows the client's weights", () => {
  const table: [string | undefined, string | undefined][] = [
    [undefined, undefined],
    ["", undefined],
    ["identity", undefined],
    ["gzip", "gzip"],
    ["br", "br"],
    ["gzip, deflate, br", "gzip"],
    ["gzip;q=0.5, br", "br"],
    ["gzip;q=0, br;q=0", undefined],
    ["gzip;q=0", undefined],
    ["GZIP ; Q=0.1", "gzip"],
    ["*", "gzip"],
    ["*;q=0.1, br", "br"],
    ["gzip;q=0, *", "br"],
    ["gzip;q=x", undefined],
    ["x-gzip", "gzip"],
    ["deflate", undefined],
  ];
  for (const [accept, coding] of table) {
    assert.equal(chooseCoding(accept, ["gzip", "br"]), coding, `${accept}`);
  }
});
