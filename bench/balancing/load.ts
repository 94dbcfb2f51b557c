/** Clients on a host of their own: the unmodified Python client, and the project's own. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleClient } from "../../tools/client_bundle.ts";
import { JsonProcess } from "../serving/json_process.ts";
import type { Host } from "./network.ts";

const PYTHON_LOAD = fileURLToPath(new URL("./load.py", import.meta.url));
const NODE_LOAD = fileURLToPath(new URL("./load.mjs", import.meta.url));
const NODE_MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));
/** Its packages ask their makers for news else. */
const QUIET = { JINA_HIDE_SURVEY: "1", JINA_OPTOUT_TELEMETRY: "1", NO_VERSION_CHECK: "1" };

/** Whose client it is. */
export type ClientName = "clip_client" | "ClipClient";
/** Protocols, as their addresses begin without TLS. */
export type Scheme = "grpc" | "http" | "ws";

/** One call of `encode`; times are milliseconds since 1970. */
export interface Call {
  url: string;
  begin: number;
  end: number;
  /** Whether it was answered, at whichever try. */
  ok: boolean;
  /** Of the tries that failed. */
  errors: string[];
}

/** What is to be done for how long. */
export interface LoadTask {
  urls: string[];
  /** Clients for each address, each of which makes one call after the other. */
  workers: number;
  /** Between two calls of one client. */
  pauseMs: number;
}

/** One process of clients. */
export class Load {
  readonly client: ClientName;
  readonly scheme: Scheme;
  readonly #process: JsonProcess;

  constructor(client: ClientName, scheme: Scheme, process: JsonProcess) {
    this.client = client;
    this.scheme = scheme;
    this.#process = process;
  }

  /** Resolves when the first call has come back. */
  async begin(task: LoadTask): Promise<void> {
    await this.#process.ask({ do: "begin", ...task });
  }

  /** Ends it; all calls. */
  async end(): Promise<Call[]> {
    return await this.#process.ask<Call[]>({ do: "end" });
  }

  /** Ends the process. */
  async close(): Promise<void> {
    await this.#process.close();
  }
}

/** What clients are started with. */
export interface LoadSettings {
  host: Host;
  /** With clip_client 0.8.3. */
  python: string;
  /** PEM, of whom clients are to trust. */
  certificate: string;
  /** Where the project's client is put together. */
  folder: string;
}

/** The processes of both clients for each protocol; close them when done. */
export async function startLoads(settings: LoadSettings): Promise<Load[]> {
  const { host, python, certificate, folder } = settings;
  const library = join(folder, "client.mjs");
  await Deno.writeTextFile(library, await bundleClient("node"));
  await Deno.symlink(NODE_MODULES, join(folder, "node_modules"));
  const trusted = {
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: certificate,
    SSL_CERT_FILE: certificate,
    ...QUIET,
  };
  const schemes: Scheme[] = ["http", "ws", "grpc"];
  return schemes.flatMap((scheme) => [
    new Load(
      "clip_client",
      scheme,
      new JsonProcess(host.within([python, PYTHON_LOAD]), trusted),
    ),
    new Load(
      "ClipClient",
      scheme,
      new JsonProcess(host.within(["node", NODE_LOAD, library, certificate])),
    ),
  ]);
}
