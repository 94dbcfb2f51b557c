/**
 * Which addresses the server may connect to on a client's word: public unicast ones. Everything
 * else (loopback, private, link-local with its cloud metadata services, multicast, carrier NAT, and
 * IPv6 forms that hide an IPv4 address) would let a client reach what only the server can reach.
 */
import ipaddr from "ipaddr.js";

/**
 * Why an address may not be connected to, or undefined if it may.
 * @param address IPv4 or IPv6 as the resolver gives it.
 */
export function refuseAddress(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return `'${address}' is not an IP address`;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === "unicast") return undefined;
  return `${address} is not a public address (${rangeName(range)})`;
}

/** The literal address in a URL's host, or undefined if the host is a name. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : undefined;
}

function rangeName(range: string): string {
  return range.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
