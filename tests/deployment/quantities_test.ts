import assert from "node:assert/strict";
import { byteQuantity, quantity } from "../../src/deployment/quantities.ts";

Deno.test("amounts are written with the largest unit that is exact", () => {
  assert.equal(byteQuantity(4 * 2 ** 30), "4Gi");
  assert.equal(byteQuantity(1472 * 2 ** 20), "1472Mi");
  assert.equal(byteQuantity(3 * 2 ** 10), "3Ki");
  assert.equal(byteQuantity(1e9), "1000000000");
  assert.equal(quantity(2), "2");
  assert.equal(quantity(0.5), "500m");
  assert.equal(quantity(0.0004), "0");
});
