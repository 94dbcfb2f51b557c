import assert from "node:assert/strict";
import { parseAddress } from "../../../src/service/uri/parse_address.ts";

function hex(address: string): string | undefined {
  return parseAddress(address)?.toHex();
}

Deno.test("parseAddress() reads every spelling of an address that resolvers give", () => {
  assert.equal(hex("127.0.0.1"), "7f000001");
  assert.equal(hex("255.255.255.255"), "ffffffff");
  assert.equal(hex("::"), "0".repeat(32));
  assert.equal(hex("::1"), "0".repeat(31) + "1");
  assert.equal(hex("1::"), "0001" + "0".repeat(28));
  assert.equal(hex("2001:DB8::a:b"), "20010db80000000000000000000a000b");
  assert.equal(hex("1:2:3:4:5:6:7:8"), "00010002000300040005000600070008");
  assert.equal(hex("::127.0.0.1"), "0".repeat(24) + "7f000001");
  assert.equal(hex("::ffff:127.0.0.1"), "0".repeat(20) + "ffff7f000001");
  assert.equal(hex("1:2:3:4:5:6:1.2.3.4"), "00010002000300040005000601020304");
  assert.equal(hex("64:ff9b::1.2.3.4"), "0064ff9b000000000000000001020304");
});

Deno.test("parseAddress() takes nothing else for one", () => {
  const none = [
    "",
    "1",
    "127.1",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "256.1.1.1",
    "1:2:3",
    ":::",
    "::1%lo",
  ];
  for (const text of none) assert.equal(hex(text), undefined, text);
});
