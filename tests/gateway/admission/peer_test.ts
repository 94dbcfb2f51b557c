import assert from "node:assert/strict";
import { addressGroup } from "../../../src/gateway/admission/peer.ts";

Deno.test("addressGroup() takes an IPv6 network of 64 bits for one client", () => {
  const groups: [string | undefined, string][] = [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    [undefined, ""],
  ];
  for (const [address, group] of groups) assert.equal(addressGroup(address), group);
});
