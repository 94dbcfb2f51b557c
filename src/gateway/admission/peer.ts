/** Who is on the other side of a connection, as far as bounds for each of them go. */

/** Who sends: the connection by identity, and where it comes from. */
export interface Peer {
  connection: object;
  /** As `addressGroup` has it. */
  address: string;
  /** The address itself, as far as it is known. */
  host?: string | undefined;
}

/**
 * The address that is counted as one client: an IPv4 address, or the 64 bits of an IPv6 address
 * that name a network (RFC 4291, section 2.5.1): whoever has one of its addresses has all of them.
 * @param address as sockets tell it; undefined for one that has closed already.
 */
export function addressGroup(address: string | undefined): string {
  if (address === undefined) return "";
  const text = address.toLowerCase().replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const mapped = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (mapped) return mapped[1]!;
  if (!text.includes(":")) return text;
  const [before = "", after] = text.split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(Math.max(0, zeros)).fill("0"), ...tail];
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

const peers = new WeakMap<object, Peer>();

/** Who is on the other side of a socket; the same object each time. */
export function peerOf(socket: { remoteAddress?: string | undefined }): Peer {
  let peer = peers.get(socket);
  if (!peer) {
    const host = socket.remoteAddress?.replace(/^::ffff:/, "");
    peer = { connection: socket, address: addressGroup(host), host };
    peers.set(socket, peer);
  }
  return peer;
}
