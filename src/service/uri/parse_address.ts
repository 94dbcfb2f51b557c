/** IP addresses as bytes. */
import { isIP } from "node:net";

/**
 * The 4 or 16 bytes of an address; undefined for what is no address in the usual spelling: short,
 * octal and hexadecimal forms of IPv4, and IPv6 with a zone.
 */
export function parseAddress(address: string): Uint8Array | undefined {
  if (address.includes("%")) return undefined;
  const version = isIP(address);
  if (version === 4) return Uint8Array.from(address.split("."), Number);
  return version === 6 ? parseIpv6(address) : undefined;
}

function parseIpv6(address: string): Uint8Array {
  // What stands left of `::` begins the address, what stands right of it ends it.
  const [left, right] = address.split("::") as [string, string | undefined];
  const first = groups(left);
  const last = groups(right ?? "");
  const bytes = new Uint8Array(16);
  bytes.set(first);
  bytes.set(last, 16 - last.length);
  return bytes;
}

function groups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
