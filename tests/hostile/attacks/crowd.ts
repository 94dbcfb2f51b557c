/** Many connections at a time. */
import type { Attacker } from "../attack.ts";
import type { RawSocket } from "../raw_socket.ts";

/** Addresses that a crowd comes from. */
const ADDRESSES = 8;

/** Opens connections, from eight addresses in turn; those that are refused are counted. */
export async function crowd(
  attacker: Attacker,
  port: number,
  count: number,
  options: { deaf?: boolean } = {},
): Promise<RawSocket[]> {
  const sockets: RawSocket[] = [];
  const AT_ONCE = 50;
  for (let from = 0; from < count && !attacker.signal.aborted; from += AT_ONCE) {
    const some = Array.from(
      { length: Math.min(AT_ONCE, count - from) },
      (_, i) =>
        attacker.connect(port, { ...options, from: `127.0.1.${1 + (from + i) % ADDRESSES}` })
          .then((socket) => sockets.push(socket), () => attacker.count("not connected")),
    );
    await Promise.all(some);
  }
  return sockets;
}

/** Sends each connection its next piece, again and again, until all have ended. */
export async function drip(
  attacker: Attacker,
  sockets: readonly RawSocket[],
  piece: (round: number) => Uint8Array | string,
  everyMs: number,
): Promise<void> {
  for (let round = 0; !attacker.signal.aborted; round++) {
    const open = sockets.filter(({ ended }) => !ended);
    if (open.length === 0) break;
    const bytes = piece(round);
    await Promise.all(open.map((socket) => socket.write(bytes)));
    await attacker.pause(everyMs);
  }
  attacker.count(
    "ended by the server",
    sockets.filter(({ endedByServer }) => endedByServer).length,
  );
}
