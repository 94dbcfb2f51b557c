/** A proxy on loopback that passes requests on, or fails as networks and servers do. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { ownPort } from "./own_port.ts";

/** What becomes of a request instead. */
export type Fault =
  /** An answer of its own. */
  | { answer: number; body?: string; headers?: Record<string, string> }
  /** The answer's body ends with the connection after so many bytes, which arrive. */
  | { cutAfter: number }
  /** The request is passed on, and its answer is lost. */
  | "lost"
  /** The answer's body stops coming after its head. */
  | "stall";

/** A request, for who decides. */
export interface Passing {
  method: string;
  /** Path and query. */
  path: string;
  headers: http.IncomingHttpHeaders;
}

/** Passes requests on to a port of loopback. */
export class FaultyProxy implements AsyncDisposable {
  /** Decides of each request. */
  fault: (passing: Passing) => Fault | undefined | Promise<Fault | undefined> = () => undefined;
  /** All that came. */
  readonly seen: Passing[] = [];
  readonly #server: http.Server;

  private constructor(server: http.Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<FaultyProxy> {
    const server = http.createServer(async (request, response) => {
      const { method = "", url: path = "", headers } = request;
      const passing = { method, path, headers };
      proxy.seen.push(passing);
      const fault = await proxy.fault(passing);
      if (typeof fault === "object" && "answer" in fault) {
        request.resume();
        request.on("end", () => response.writeHead(fault.answer, fault.headers).end(fault.body));
        return;
      }
      // The host stays as it was signed.
      const on = http.request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
        if (fault === "lost") return void response.destroy();
        response.writeHead(answer.statusCode!, answer.headers);
        if (fault === undefined) return void answer.pipe(response);
        response.flushHeaders();
        if (fault === "stall") return;
        let left = fault.cutAfter;
        answer.on("end", () => response.end());
        answer.on("data", (piece: Uint8Array) => {
          if (left > piece.length) response.write(piece);
          else {
            answer.destroy();
            // All of it arrives: a connection that is reset takes with it what is not read yet.
            response.write(piece.subarray(0, left), () => response.socket?.end());
          }
          left -= piece.length;
        });
      });
      on.on("error", () => response.destroy());
      request.pipe(on);
    });
    // At none that somebody else may have a moment after this one is gone.
    const own = await ownPort();
    await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
    const proxy = new FaultyProxy(server);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
