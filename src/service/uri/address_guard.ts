/**
 * Which addresses the server may connect to on a client's word: those that IANA calls globally
 * reachable (address_table.ts). Everything else (loopback, private, link-local with its cloud
 * metadata services, multicast, carrier NAT, and IPv6 forms that hide an IPv4 address) would let a
 * client reach what only the server can reach.
 */
import { isIP } from "node:net";
import { type AddressBlock, IPV4_BLOCKS, IPV6_BLOCKS } from "./address_table.ts";
import { parseAddress } from "./parse_address.ts";

/** A block as bits: the address is in it if its first `bits` are those of `bytes`. */
interface Range extends AddressBlock {
  bytes: Uint8Array;
  bits: number;
}

const IPV4 = ranges(IPV4_BLOCKS);
const IPV6 = ranges(IPV6_BLOCKS);

/**
 * Why an address may not be connected to, or undefined if it may.
 * @param address IPv4 or IPv6 as the resolver gives it; one with a zone is refused.
 */
export function refuseAddress(address: string): string | undefined {
  const bytes = parseAddress(address);
  if (bytes === undefined) return `'${address}' is not an IP address`;
  const kind = bytes.length === 4 ? refuseIpv4(bytes) : refuseIpv6(bytes);
  return kind === undefined ? undefined : `${address} is not a public address (${kind})`;
}

/** The literal address in a URL's host, or undefined if the host is a name. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? undefined : bare;
}

function refuseIpv4(bytes: Uint8Array): string | undefined {
  const range = smallest(IPV4, bytes);
  return range === undefined || range.global ? undefined : range.name;
}

function refuseIpv6(bytes: Uint8Array): string | undefined {
  const range = smallest(IPV6, bytes)!;
  // The system connects to the IPv4 address itself, so that address is the one that counts.
  if (range.name === "IPv4-mapped") return refuseIpv4(bytes.subarray(12));
  if (!range.global) return range.name;
  // What a translator or a tunnel's end makes of such an address is the IPv4 address in it.
  if (range.name !== "NAT64" && !isIsatap(bytes)) return undefined;
  const inside = refuseIpv4(bytes.subarray(12));
  const form = range.name === "NAT64" ? "NAT64" : "ISATAP";
  return inside === undefined ? undefined : `${form} of an IPv4 address: ${inside}`;
}

/** Whether the interface identifier is that of RFC 5214, with an IPv4 address at its end. */
function isIsatap(bytes: Uint8Array): boolean {
  return (bytes[8]! & ~0x03) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
}

function smallest(table: readonly Range[], bytes: Uint8Array): Range | undefined {
  let found: Range | undefined;
  for (const range of table) {
    if ((found === undefined || range.bits > found.bits) && holds(range, bytes)) found = range;
  }
  return found;
}

function holds(range: Range, bytes: Uint8Array): boolean {
  const whole = range.bits >> 3;
  for (let i = 0; i < whole; i++) {
    if (range.bytes[i] !== bytes[i]) return false;
  }
  const rest = range.bits & 7;
  return rest === 0 || ((range.bytes[whole]! ^ bytes[whole]!) >> (8 - rest)) === 0;
}

function ranges(blocks: readonly AddressBlock[]): Range[] {
  return blocks.map((block) => {
    const [address, bits] = block.block.split("/") as [string, string];
    return { ...block, bytes: parseAddress(address)!, bits: Number(bits) };
  });
}
