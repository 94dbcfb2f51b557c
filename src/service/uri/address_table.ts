/**
 * The blocks of addresses that are not what others are, and whether IANA calls them globally
 * reachable. The sources:
 *
 * - IANA IPv4 Special-Purpose Address Registry and IANA IPv6 Special-Purpose Address Registry, both
 *   as last updated on 2025-10-09;
 * - IPv4 Multicast Address Space (224.0.0.0/4), and what RFC 4291 and RFC 3879 say of IPv6: only
 *   2000::/3 is given out, fec0::/10 was for sites.
 *
 * Of blocks that hold each other the smallest counts. "N/A" in a registry is "no" here.
 */

/** One block. */
export interface AddressBlock {
  /** Its first address and the bits that all its addresses share, as in `10.0.0.0/8`. */
  block: string;
  /** What it is for, in words that go after "is not a public address: ". */
  name: string;
  /** Whether the registry calls it globally reachable. */
  global: boolean;
}

function closed(block: string, name: string): AddressBlock {
  return { block, name, global: false };
}

function open(block: string, name: string): AddressBlock {
  return { block, name, global: true };
}

/** IPv4. What is in none of these blocks is globally reachable. */
export const IPV4_BLOCKS: readonly AddressBlock[] = [
  closed("0.0.0.0/8", "this network"),
  closed("10.0.0.0/8", "private"),
  closed("100.64.0.0/10", "carrier-grade NAT"),
  closed("127.0.0.0/8", "loopback"),
  closed("169.254.0.0/16", "link-local"),
  closed("172.16.0.0/12", "private"),
  closed("192.0.0.0/24", "IETF protocol assignments"),
  open("192.0.0.9/32", "port control protocol anycast"),
  open("192.0.0.10/32", "TURN anycast"),
  closed("192.0.2.0/24", "documentation"),
  open("192.31.196.0/24", "AS112"),
  open("192.52.193.0/24", "AMT"),
  closed("192.88.99.0/24", "6to4 relays"),
  closed("192.168.0.0/16", "private"),
  open("192.175.48.0/24", "AS112"),
  closed("198.18.0.0/15", "benchmarking"),
  closed("198.51.100.0/24", "documentation"),
  closed("203.0.113.0/24", "documentation"),
  closed("224.0.0.0/4", "multicast"),
  closed("240.0.0.0/4", "reserved"),
  closed("255.255.255.255/32", "broadcast"),
];

/** IPv6. The first block holds all others, so that every address is in one. */
export const IPV6_BLOCKS: readonly AddressBlock[] = [
  closed("::/0", "not given out"),
  open("2000::/3", "global unicast"),
  closed("::/96", "IPv4-compatible"),
  closed("::/128", "unspecified"),
  closed("::1/128", "loopback"),
  closed("::ffff:0:0/96", "IPv4-mapped"),
  closed("::ffff:0:0:0/96", "IPv4-translated"),
  open("64:ff9b::/96", "NAT64"),
  closed("64:ff9b:1::/48", "local NAT64"),
  closed("100::/64", "discard-only"),
  closed("100:0:0:1::/64", "dummy prefix"),
  closed("2001::/23", "IETF protocol assignments"),
  closed("2001::/32", "Teredo"),
  open("2001:1::1/128", "port control protocol anycast"),
  open("2001:1::2/128", "TURN anycast"),
  open("2001:1::3/128", "DNS-SD service registration anycast"),
  closed("2001:2::/48", "benchmarking"),
  open("2001:3::/32", "AMT"),
  open("2001:4:112::/48", "AS112"),
  closed("2001:10::/28", "ORCHID"),
  open("2001:20::/28", "ORCHIDv2"),
  open("2001:30::/28", "drone remote identification"),
  closed("2001:db8::/32", "documentation"),
  closed("2002::/16", "6to4"),
  open("2620:4f:8000::/48", "AS112"),
  closed("3fff::/20", "documentation"),
  closed("5f00::/16", "segment routing"),
  closed("fc00::/7", "unique local"),
  closed("fe80::/10", "link-local"),
  closed("fec0::/10", "site-local"),
  closed("ff00::/8", "multicast"),
];
