import assert from "node:assert/strict";
import { literalAddress, refuseAddress } from "../../../src/service/uri/address_guard.ts";
import {
  type AddressBlock,
  IPV4_BLOCKS,
  IPV6_BLOCKS,
} from "../../../src/service/uri/address_table.ts";
import { bounds, edges, text, type Version } from "../../support/addresses.ts";

const REFUSED = [
  "127.0.0.1",
  "0.0.0.0",
  "169.254.169.254",
  "192.0.0.8",
  "192.0.0.11",
  "192.88.99.2",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::7f00:1",
  "::8.8.8.8",
  "::ffff:127.0.0.1",
  "::ffff:a9fe:a9fe",
  "::ffff:0:7f00:1",
  "64:ff9b::7f00:1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b:1::8.8.8.8",
  "2002:7f00:1::",
  "2002:808:808::",
  "2001::1",
  "2001:db8::1",
  "2606:4700::5efe:10.0.0.1",
  "2606:4700::200:5efe:127.0.0.1",
  "2606:4700::300:5efe:127.0.0.1",
  "4000::1",
  "fe80::1%eth0",
  "2606:4700:4700::1111%1",
  "",
  "not an address",
  "127.1",
  "0x7f.0.0.1",
  "2130706433",
  " 8.8.8.8",
  "8.8.8.8 ",
  "[::1]",
];

const TAKEN = [
  "1.1.1.1",
  "93.184.216.34",
  "192.0.0.9",
  "192.0.0.10",
  "2606:4700:4700::1111",
  "2A00:1450::1",
  "::ffff:8.8.8.8",
  "64:ff9b::8.8.8.8",
  "2606:4700::5efe:8.8.8.8",
  "2606:4700::1:5efe:127.0.0.1",
];

Deno.test("refuseAddress() lets nothing but what is globally reachable through", () => {
  for (const address of REFUSED) assert.ok(refuseAddress(address), address);
  for (const address of TAKEN) assert.equal(refuseAddress(address), undefined, address);
});

Deno.test("refuseAddress() says what the address is instead", () => {
  assert.equal(refuseAddress("10.1.2.3"), "10.1.2.3 is not a public address (private)");
  assert.match(refuseAddress("64:ff9b::7f00:1")!, /NAT64 of an IPv4 address: loopback/);
  assert.match(refuseAddress("2606:4700::5efe:a00:1")!, /ISATAP of an IPv4 address: private/);
});

Deno.test("refuseAddress() goes by the table at the first, the last and the next addresses of each block", () => {
  const seen = { refused: 0, taken: 0 };
  const check = (version: Version, blocks: readonly AddressBlock[]) => {
    for (const { block, name } of blocks) {
      // IPv4 addresses in others are judged by themselves: the test against Python has them.
      if (name === "IPv4-mapped" || name === "NAT64") continue;
      for (const address of edges(version, block)) {
        const shown = text(version, address);
        const expected = byTable(version, address, blocks);
        assert.equal(refuseAddress(shown) === undefined, expected, `${shown} at ${block}`);
        seen[expected ? "taken" : "refused"]++;
      }
    }
  };
  check(4, IPV4_BLOCKS);
  check(6, IPV6_BLOCKS);
  assert.ok(seen.refused > 100 && seen.taken > 20, JSON.stringify(seen));
});

/** What the smallest block says that an address lies in. */
function byTable(version: Version, address: bigint, blocks: readonly AddressBlock[]): boolean {
  const holding = blocks.map((block) => ({ ...block, bounds: bounds(version, block.block) }))
    .filter(({ bounds: [first, last] }) => first <= address && address <= last)
    .map(({ global, bounds: [first, last] }) => ({ global, size: last - first }));
  const least = holding.reduce((a, b) => b.size < a.size ? b : a, {
    global: true,
    size: 1n << 128n,
  });
  return least.global;
}

Deno.test("odd spellings of loopback are addresses once a URL has been parsed", () => {
  const spellings = [
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://127.0.0.1./",
    "http://0x7f.1./",
    "http://①②⑦.0.0.1/",
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://127%2e0%2e0%2e1/",
    "http://%31%32%37.0.0.1/",
    "http://user:password@127.0.0.1:80/",
    "http:127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http://\t127.0.0.1/",
    "http://1.1.1.1@127.0.0.1/",
    "http://127.0.0.1\\@1.1.1.1/",
  ];
  for (const spelling of spellings) {
    const { hostname } = new URL(spelling);
    const literal = literalAddress(hostname);
    assert.ok(literal !== undefined && refuseAddress(literal), `${spelling} -> ${hostname}`);
  }
});

Deno.test("hosts that look like addresses and are none are no URLs", () => {
  const spellings = [
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1/",
    "http://256.0.0.1/",
    "http://127.0.0.1.1/",
    "http://0x7f.0.0.0x1ff/",
    "http://08.0.0.1/",
    "http://4294967296/",
    "http://127.0.0.1:65536/",
  ];
  for (const spelling of spellings) assert.equal(URL.canParse(spelling), false, spelling);
});
