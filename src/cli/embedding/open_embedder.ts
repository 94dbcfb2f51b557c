/** The embedder that the options ask for. */
import { readFile } from "node:fs/promises";
import type { ClipClientOptions } from "../../../client/mod.ts";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import type { Embedder } from "../../bulk/embedder.ts";
import { silentProgress } from "../../model/store/progress.ts";
import { logFromEnv } from "../../telemetry/log.ts";
import { resolveFlow } from "../flow_source.ts";
import type { Console } from "../model/console.ts";
import type { Given } from "../words/given.ts";
import { InProcessEmbedder, openInProcess } from "./in_process.ts";
import { openServers } from "./servers.ts";

/** What `--batch-size` may be. */
export const MAX_BATCH = 4096;

/** Milliseconds for a request of many items. */
const REQUEST_TIMEOUT_MS = 120_000;

/**
 * Opens it: by servers where `--server` is given, else in this process.
 * @throws {ClipError} "config" if the options do not say by what, or do not go together; what the
 * start fails with.
 */
export async function openEmbedder(given: Given, console: Console): Promise<Embedder> {
  const urls = given.all("server");
  const batchSize = given.whole("batch-size", 1, MAX_BATCH);
  const model = given.text("model");
  checkEmbedding(given);
  if (urls.length > 0) {
    return await openServers({
      urls,
      model,
      client: await clientOptions(given, console),
      batchSize,
      tell: given.on("quiet") ? () => {} : (line) => console.err(line),
    });
  }
  return await openHere(given, console);
}

/** @throws {ClipError} "config" if the options do not say by what, or do not go together. */
export function checkEmbedding(given: Given): void {
  const isGiven = (name: string) => given.text(name) !== undefined;
  if (given.all("server").length === 0) {
    if (isGiven("model") || isGiven("flow")) return;
    throw given.fault("Say by which model: --model NAME, --flow FLOW or --server URL");
  }
  const name = ["flow", "device", "dtype", "replicas"].find(isGiven);
  if (name === undefined) return;
  throw given.fault(`--${name} is for a model in this process: with --server the server has it`);
}

/** The embedder in this process. @throws {ClipError} as `openEmbedder`. */
export async function openHere(given: Given, console: Console): Promise<InProcessEmbedder> {
  const model = given.text("model");
  const flow = given.text("flow");
  checkEmbedding(given);
  const env = Deno.env.toObject();
  return await openInProcess({
    flow: flow === undefined ? undefined : { path: resolveFlow(flow) },
    model,
    device: given.text("device"),
    dtype: given.text("dtype"),
    replicas: given.text("replicas"),
    batchSize: given.whole("batch-size", 1, MAX_BATCH),
  }, {
    // The start of a server is told line by line; of a command it is what goes wrong.
    log: logFromEnv("clipline", { JINA_LOG_LEVEL: "WARNING", ...env }),
    progress: given.on("quiet") ? silentProgress : console.progress,
  });
}

/** How servers are spoken to. @throws {ClipError} "config" if the certificates cannot be read. */
export async function clientOptions(given: Given, console: Console): Promise<ClipClientOptions> {
  const apiKey = given.text("api-key") ?? console.env("CLIPLINE_API_KEY");
  const ca = given.text("ca");
  return {
    timeoutMs: REQUEST_TIMEOUT_MS,
    ...(apiKey === undefined || apiKey === "" ? {} : { apiKey }),
    ...(ca === undefined ? {} : { tls: { ca: await readCertificates(ca) } }),
  };
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    throw new ClipError("config", `--ca: cannot read '${path}': ${fileTrouble(thrown)}`);
  }
}
