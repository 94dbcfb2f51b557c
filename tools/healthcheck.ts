/**
 * Asks a running server whether it is ready: exit code 0 if so, 1 if not. For Docker's HEALTHCHECK
 * and the like.
 *
 *     deno run --allow-net --allow-env --allow-read --allow-sys tools/healthcheck.ts [URL]
 *
 * URL is `http://HOST:PORT`, `https://…`, or `grpc://HOST:PORT` without TLS; if it is not given
 * `HEALTH_URL`, else `grpc://127.0.0.1:51000`, where the built-in flows listen. For `https:` the host
 * must be one of the certificate's names, and `DENO_CERT` its authority if that is not a known one.
 */
import { Buffer } from "node:buffer";
import { credentials, makeGenericClientConstructor } from "@grpc/grpc-js";

const TIMEOUT_MS = 4000;

/** `grpc.health.v1.HealthCheckResponse` with status SERVING. */
const SERVING = Uint8Array.of(0x08, 0x01);

/** Whether the server at the URL is ready. */
export async function isReady(url: string): Promise<boolean> {
  const { protocol, host } = new URL(url);
  if (protocol === "http:" || protocol === "https:") {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL("/healthz/ready", url), { signal });
    await response.body?.cancel();
    return response.ok;
  }
  if (protocol !== "grpc:") throw new Error(`'${url}' is neither http, https nor grpc`);
  return await askGrpc(host);
}

function askGrpc(host: string): Promise<boolean> {
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
  const client = new Health(host, credentials.createInsecure());
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
