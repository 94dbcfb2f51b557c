/** Every protocol, with and without TLS, with every compression: the same question, the same answer. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { gunzipSync } from "node:zlib";
import { Buffer } from "node:buffer";
import { readNow } from "../dialects/jina/json/read_request.ts";
import { decodeResponseProto, encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import type { Document } from "../../src/dialects/jina/document/document.ts";
import { readNumbers } from "../../src/dialects/jina/document/nd_array.ts";
import { Certificates } from "../support/certificates.ts";
import { openGateways, type TestGateways } from "../support/gateways.ts";
import { nodeOnly } from "../support/http_server.ts";
import { GrpcClient, textRequest } from "../support/grpc_client.ts";
import { WsClient } from "../support/ws_client.ts";

const REQUEST = textRequest(["hello", "x".repeat(5000)], { parameters: { a: 1 } });
const CODECS = { NoCompression: 0, Deflate: 1, Gzip: 2 } as const;
type Compression = keyof typeof CODECS;

function lengths(docs: readonly Document[]): number[] {
  return docs.map(({ embedding }) => Number(readNumbers(embedding!)[0]));
}

async function overGrpc(gateways: TestGateways, compression: Compression, ca: string) {
  const client = new GrpcClient(gateways.url("grpc"), {
    ca,
    options: { "grpc.default_compression_algorithm": CODECS[compression] },
  });
  const [answer] = await client.call([REQUEST]);
  client.close();
  return answer!.docs;
}

function overHttp(
  gateways: TestGateways,
  compression: Compression,
  ca: string,
): Promise<Document[]> {
  const url = new URL(`${gateways.url("http")}/post`);
  const packed = compression !== "NoCompression";
  const body = JSON.stringify({ data: REQUEST.docs, parameters: REQUEST.parameters });
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, {
      method: "POST",
      ca,
      agent: false,
      headers: {
        "content-type": "application/json",
        ...(packed ? { "content-encoding": "gzip", "accept-encoding": "gzip" } : {}),
      },
    }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part) => parts.push(part));
      incoming.on("end", () => {
        const whole = Buffer.concat(parts);
        assert.equal(incoming.headers["content-encoding"], packed ? "gzip" : undefined);
        const text = packed ? gunzipSync(whole).toString() : whole.toString();
        resolve(readNow({ data: JSON.parse(text).data }).docs);
      });
    });
    outgoing.on("error", reject);
    outgoing.end(packed ? gzipSync(body) : body);
  });
}

async function overWebSocket(gateways: TestGateways, compression: Compression, ca: string) {
  const client = await new WsClient(`${gateways.url("websocket")}/`, ["bytes"], {
    ca,
    perMessageDeflate: compression !== "NoCompression",
  }).open();
  const packs = compression !== "NoCompression" && !nodeOnly("pack their answers").ignore;
  assert.equal(client.socket.extensions !== "", packs);
  client.send(encodeRequestProto(REQUEST));
  client.send(Uint8Array.of(0));
  assert.equal((await client.closed).code, 1000);
  return decodeResponseProto(client.frames[0]!.bytes).docs;
}

const ASK = { grpc: overGrpc, http: overHttp, websocket: overWebSocket };

for (const tls of [false, true]) {
  for (const compression of Object.keys(CODECS) as Compression[]) {
    const how = `${tls ? "with" : "without"} TLS, ${compression}`;
    Deno.test(`All protocols ${how}: the same answer`, async () => {
      using certificates = new Certificates();
      if (tls) certificates.selfSigned("one");
      const ca = tls ? Deno.readTextFileSync(certificates.path("one.crt")) : "";
      await using gateways = await openGateways({
        protocol: "[grpc, http, websocket]",
        gateway: [
          `compression: ${compression}`,
          ...(tls
            ? [
              `ssl_certfile: ${certificates.path("one.crt")}`,
              `ssl_keyfile: ${certificates.path("one.key")}`,
            ]
            : []),
        ],
      });
      for (const [protocol, ask] of Object.entries(ASK)) {
        const docs = await ask(gateways, compression, ca);
        assert.deepEqual(docs.map(({ id }) => id), ["d0", "d1"], protocol);
        assert.deepEqual(lengths(docs), [5, 5000], protocol);
      }
    });
  }
}
