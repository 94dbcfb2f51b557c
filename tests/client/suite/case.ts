/** What the client's tests are: named functions, for any runtime's runner. */
import type * as Client from "../../../client/mod.ts";

/** The library, wherever it was imported from. */
export type Library = typeof Client;

/** Servers and files, for cases to use. */
export interface Place {
  library: Library;
  /** The demonstration server, by protocol. */
  urls: Readonly<Record<"grpc" | "http" | "ws", string>>;
  /** The same, behind TLS and a key. */
  guarded: {
    urls: Readonly<Record<"grpcs" | "https" | "wss", string>>;
    /** PEM of its certificate, which is its own authority. */
    ca: string;
    apiKey: string;
    /** One that may send 400 documents a second. */
    slowKey: string;
  };
  /** A server with an index that has the columns `name` and `folder`. */
  search: Readonly<Record<"grpc" | "http" | "ws", string>>;
  /** Paths of pictures, PNG. */
  images: readonly string[];
}

/** One test. */
export interface ClientCase {
  name: string;
  run(place: Place): Promise<void>;
}

/** One test for each protocol of the open server. */
export function forEachProtocol(
  name: string,
  run: (url: string, place: Place) => Promise<void>,
): ClientCase[] {
  return (["grpc", "http", "ws"] as const).map((protocol) => ({
    name: `${name} (${protocol})`,
    run: (place) => run(place.urls[protocol], place),
  }));
}
