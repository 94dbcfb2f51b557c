/** A name server that knows one name, as Docker's knows a service. */
import { createSocket } from "node:dgram";
import { once } from "node:events";

const TYPE_A = 1;

/** It answers whatever is asked with its addresses; `using` closes it. */
export class NameServer implements Disposable {
  readonly #socket = createSocket("udp4");

  /** Opens it at 127.0.0.1. @param addresses IPv4. */
  static async start(addresses: readonly string[]): Promise<NameServer> {
    const server = new NameServer();
    server.#socket.on("message", (query, { port, address }) => {
      // Header, labels with their lengths, a zero, type and class (RFC 1035, 4.1).
      const asked = [...query.subarray(12, query.indexOf(0, 12) + 5)];
      const known = asked.at(-3) === TYPE_A ? addresses : [];
      const answers = known.flatMap((address) => [
        ...[0xc0, 0x0c, 0, TYPE_A, 0, 1, 0, 0, 0, 1, 0, 4],
        ...address.split(".").map(Number),
      ]);
      const header = [query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, known.length, 0, 0, 0, 0];
      server.#socket.send(Uint8Array.from([...header, ...asked, ...answers]), port, address);
    }).bind(0, "127.0.0.1");
    await once(server.#socket, "listening");
    return server;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
