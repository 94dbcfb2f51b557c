/** Which database it is: what messages may say of a URL, and what connections are made of. */
// @ts-types="@types/pg"
import pg from "pg";
import { KeyError } from "../../errors.ts";

/** A connection that takes longer than this is not made. */
const CONNECT_MS = 10_000;

/** Where an index is, without the password. */
export interface Address {
  /** `host:port`. */
  told: string;
  user: string;
  database: string;
  /** `table` or `schema.table`. */
  table: string;
}

/** What a connection is made of. */
export function clientConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    fallback_application_name: "clipline",
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/**
 * Reads a URL as `pg` does.
 * @throws {KeyError} "config" of `url`: not readable, or a file that it names is not.
 */
export function readAddress(url: string, table: string): Address {
  let client: pg.Client;
  try {
    client = new pg.Client(clientConfig(url));
  } catch (thrown) {
    const missing = thrown instanceof Error && "code" in thrown && "path" in thrown
      ? `: ${thrown.path}: ${thrown.code}`
      : "";
    throw new KeyError("config", "url", `The URL of PostgreSQL cannot be used${missing}`);
  }
  const { host, port, user = "", database = "" } = client;
  return { told: `${host}:${port}`, user, database, table };
}
