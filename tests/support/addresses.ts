/** IP addresses as numbers, for tests that go along the edges of blocks. */
import { parseAddress } from "../../src/service/uri/parse_address.ts";

/** Of the Internet Protocol. */
export type Version = 4 | 6;

const BITS = { 4: 32n, 6: 128n };

/** An address as its number. */
export function number(address: string): bigint {
  return parseAddress(address)!.reduce((all, byte) => all << 8n | BigInt(byte), 0n);
}

/** The address of a number, IPv6 in full. */
export function text(version: Version, address: bigint): string {
  const digits = address.toString(16).padStart(Number(BITS[version] / 4n), "0");
  if (version === 6) return digits.match(/.{4}/g)!.join(":");
  return digits.match(/../g)!.map((byte) => parseInt(byte, 16)).join(".");
}

/** The first and the last address of a block, such as `10.0.0.0/8`. */
export function bounds(version: Version, block: string): [first: bigint, last: bigint] {
  const [address, bits] = block.split("/") as [string, string];
  const first = number(address);
  return [first, first + (1n << BITS[version] - BigInt(bits)) - 1n];
}

/** The first and the last address of a block, those just inside, and those just outside of it. */
export function edges(version: Version, block: string): bigint[] {
  const [first, last] = bounds(version, block);
  const all = [first - 1n, first, first + 1n, last - 1n, last, last + 1n];
  return all.filter((address) => address >= 0n && address < 1n << BITS[version]);
}
