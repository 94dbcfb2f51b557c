/** Something that listens: what the server keeps of each of its ports. */
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { KeyError } from "../errors.ts";

/** Where a protocol is served. */
export interface Address {
  protocol: "grpc" | "http" | "websocket";
  host: string;
  port: number;
  tls: boolean;
}

/** An open port. */
export interface Listening {
  addresses: Address[];
  /**
   * Asks clients whose connections live for ever to go elsewhere, while everything that they send
   * is still taken. Absent where answers say it one by one.
   */
  retire?(): void;
  /** Takes no more connections; resolves when what is inside is finished. */
  stop(): Promise<void>;
  /** Ends what is still open, at once. */
  abort(): void;
}

/**
 * Connections that the system makes before they are accepted; it cuts that to its own bound. When it
 * is full, those that come are not refused but try again a second later, and then three.
 */
const BACKLOG = 4096;

/**
 * Opens the port of a listener, and says which it is (the system chooses for 0).
 * @throws {KeyError} "unavailable" if it cannot be had.
 */
export async function openPort(listener: Server, host: string, port: number): Promise<number> {
  try {
    listener.listen({ port, host, backlog: BACKLOG });
    await once(listener, "listening");
  } catch (thrown) {
    throw cannotListen(host, port, thrown);
  }
  return (listener.address() as AddressInfo).port;
}

/** The error of a port that could not be opened: the start failed, the flow may be right. */
export function cannotListen(host: string, port: number, thrown: unknown): KeyError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const fail = (key: string, message: string) =>
    new KeyError("unavailable", key, message, { cause: thrown });
  if (thrown instanceof Deno.errors.AddrInUse || /EADDRINUSE|in use/i.test(reason)) {
    return fail(
      "port",
      `Port ${port} of ${host} is in use: choose another 'port', or start with '--port N'`,
    );
  }
  if (thrown instanceof Deno.errors.PermissionDenied || /EACCES/.test(reason)) {
    return fail("port", `Port ${port} of ${host} may not be opened: take one above 1023`);
  }
  const instead = "write an address of this machine as 'host', or 0.0.0.0 for all of them";
  if (/ENOTFOUND|EAI_AGAIN|failed to lookup/i.test(reason)) {
    return fail("host", `Cannot listen on ${host}: the name cannot be resolved; ${instead}`);
  }
  if (
    thrown instanceof Deno.errors.AddrNotAvailable || /EADDRNOTAVAIL|EINVAL|not avail/i.test(reason)
  ) {
    return fail("host", `Cannot listen on ${host}: it is no address of this machine; ${instead}`);
  }
  return fail("host", `Cannot listen on port ${port} of ${host}: ${reason}`);
}
