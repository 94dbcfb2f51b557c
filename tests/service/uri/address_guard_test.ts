import assert from "node:assert/strict";
import { literalAddress, refuseAddress } from "../../../src/service/uri/address_guard.ts";

const REFUSED = [
  "127.0.0.1",
  "127.255.255.254",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "192.0.0.1",
  "198.18.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "fe80::1",
  "fc00::1",
  "fd12:3456::1",
  "ff02::1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "::ffff:a9fe:a9fe",
  "64:ff9b::7f00:1",
  "64:ff9b::a9fe:a9fe",
  "2002:7f00:1::",
  "2001::1",
  "100::1",
  "not an address",
];

const TAKEN = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8"];

Deno.test("refuseAddress() lets nothing but public unicast through", () => {
  for (const address of REFUSED) assert.ok(refuseAddress(address), address);
  for (const address of TAKEN) assert.equal(refuseAddress(address), undefined, address);
});

Deno.test("odd spellings of loopback are addresses once a URL has been parsed", () => {
  const spellings = [
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://127.0.0.1./",
    "http://①②⑦.0.0.1/",
  ];
  for (const spelling of spellings) {
    const { hostname } = new URL(spelling);
    const literal = literalAddress(hostname);
    assert.ok(literal !== undefined && refuseAddress(literal), `${spelling} -> ${hostname}`);
  }
});
