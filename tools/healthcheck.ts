/**
 * Asks a running server whether it is ready: exit code 0 if so, 1 if not. For Docker's HEALTHCHECK
 * and the like.
 *
 *     deno run --allow-net --allow-env --allow-read --allow-sys tools/healthcheck.ts [URL]
 *
 * URL is `http://HOST:PORT` or `grpc://HOST:PORT`, with TLS `https://…` or `grpcs://…`; if it is not
 * given `HEALTH_URL`, else `grpc://127.0.0.1:51000`, where the built-in flows listen. With TLS the
 * host must be one of the certificate's names, and `DENO_CERT` its authority if that is not a known
 * one; but for 127.0.0.1 and [::1], where nobody can stand between: there any certificate will do.
 */
import { Buffer } from "node:buffer";
import { get } from "node:https";
import { type ChannelCredentials, credentials, makeGenericClientConstructor } from "@grpc/grpc-js";

const TIMEOUT_MS = 4000;

/** `grpc.health.v1.HealthCheckResponse` with status SERVING. */
const SERVING = Uint8Array.of(0x08, 0x01);

/** Whether the server at the URL is ready. */
export async function isReady(url: string): Promise<boolean> {
  const { protocol, host, hostname } = new URL(url);
  const loopback = hostname === "127.0.0.1" || hostname === "[::1]";
  if (protocol === "https:" && loopback) return await askUnverified(url);
  if (protocol === "http:" || protocol === "https:") {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL("/healthz/ready", url), { signal });
    await response.body?.cancel();
    return response.ok;
  }
  if (protocol === "grpc:") return await askGrpc(host, credentials.createInsecure());
  if (protocol !== "grpcs:") throw new Error(`'${url}' is neither http, https, grpc nor grpcs`);
  const authority = Deno.env.get("DENO_CERT");
  const roots = authority === undefined ? null : Buffer.from(await Deno.readFile(authority));
  const options = loopback
    ? { rejectUnauthorized: false, checkServerIdentity: () => undefined }
    : {};
  // TLS knows no addresses as names of servers.
  const name = loopback ? "localhost" : undefined;
  return await askGrpc(host, credentials.createSsl(roots, null, null, options), name);
}

function askUnverified(url: string): Promise<boolean> {
  const options = { rejectUnauthorized: false, signal: AbortSignal.timeout(TIMEOUT_MS) };
  return new Promise((resolve, reject) => {
    get(new URL("/healthz/ready", url), options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", reject);
  });
}

function askGrpc(host: string, trust: ChannelCredentials, name?: string): Promise<boolean> {
  const bytes = (value: Uint8Array) => value as never;
  const Health = makeGenericClientConstructor({
    check: {
      path: "/grpc.health.v1.Health/Check",
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: (buffer) => buffer,
      responseSerialize: bytes,
      responseDeserialize: (buffer) => buffer,
    },
  }, "Health");
  const client = new Health(
    host,
    trust,
    name === undefined ? {} : { "grpc.ssl_target_name_override": name },
  );
  return new Promise((resolve) => {
    const deadline = Date.now() + TIMEOUT_MS;
    client.check!(
      Buffer.alloc(0),
      { deadline },
      (error: unknown, answer: Uint8Array | undefined) => {
        client.close();
        resolve(!error && answer?.[0] === SERVING[0] && answer?.[1] === SERVING[1]);
      },
    );
  });
}

if (import.meta.main) {
  const url = Deno.args[0] ?? Deno.env.get("HEALTH_URL") ?? "grpc://127.0.0.1:51000";
  const ready = await isReady(url).catch((error: Error) => {
    Deno.stderr.writeSync(new TextEncoder().encode(`${url}: ${error.message}\n`));
    return false;
  });
  Deno.exit(ready ? 0 : 1);
}
