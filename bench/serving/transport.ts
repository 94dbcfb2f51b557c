/** A client that is light: it sends bytes that are ready and looks at the answer no more than asked. */
import { Buffer } from "node:buffer";
import * as grpc from "@grpc/grpc-js";
import { decodeResponseProto } from "../../src/dialects/jina/proto/request.ts";
import type { Protocol } from "./work.ts";

/** What became of a request. */
export type Answer =
  | { outcome: "answered"; embeddings: () => Float32Array[] }
  /** 503 or RESOURCE_EXHAUSTED, with a reason. */
  | { outcome: "refused" }
  | { outcome: "failed"; reason: string };

/** Sends requests. */
export interface Transport {
  send(body: Uint8Array, signal?: AbortSignal): Promise<Answer>;
  close(): void;
}

/** Opens a transport to an address such as `127.0.0.1:51000`. */
export function openTransport(protocol: Protocol, address: string): Transport {
  if (protocol === "grpc") return grpcTransport(address);
  return httpTransport(`http://${address}${protocol === "http" ? "/post" : "/embeddings"}`);
}

function httpTransport(url: string): Transport {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 1000 });
  const headers = { "content-type": "application/json" };
  return {
    async send(body, signal) {
      try {
        const response = await fetch(url, {
          method: "POST",
          headers,
          body: body as Uint8Array<ArrayBuffer>,
          client,
          ...(signal ? { signal } : {}),
        });
        const bytes = await response.bytes();
        if (response.status === 503) {
          const clean = response.headers.has("retry-after") && bytes.length > 0;
          return clean ? { outcome: "refused" } : { outcome: "failed", reason: "a bare 503" };
        }
        if (response.status !== 200) {
          return { outcome: "failed", reason: `status ${response.status}` };
        }
        return { outcome: "answered", embeddings: () => jsonEmbeddings(bytes) };
      } catch (thrown) {
        return { outcome: "failed", reason: String(thrown) };
      }
    },
    close: () => client.close(),
  };
}

function jsonEmbeddings(bytes: Uint8Array): Float32Array[] {
  const { data } = JSON.parse(new TextDecoder().decode(bytes)) as {
    data: { embedding: number[] }[];
  };
  return data.map(({ embedding }) => Float32Array.from(embedding));
}

const PROCESS_SINGLE_DATA = "/jina.JinaSingleDataRequestRPC/process_single_data";

function grpcTransport(address: string): Transport {
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  const asBuffer = (bytes: Uint8Array) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    send: (body, signal) =>
      new Promise((resolve) => {
        const call = client.makeUnaryRequest(
          PROCESS_SINGLE_DATA,
          asBuffer,
          (bytes: Uint8Array) => bytes,
          body,
          (error: grpc.ServiceError | null, bytes?: Uint8Array) => {
            if (bytes) {
              resolve({ outcome: "answered", embeddings: () => protoEmbeddings(bytes) });
            } else if (error?.code === grpc.status.RESOURCE_EXHAUSTED && error.details) {
              resolve({ outcome: "refused" });
            } else resolve({ outcome: "failed", reason: String(error) });
          },
        );
        signal?.addEventListener("abort", () => call.cancel(), { once: true });
      }),
    close: () => client.close(),
  };
}

function protoEmbeddings(bytes: Uint8Array): Float32Array[] {
  return decodeResponseProto(bytes).docs.map(({ embedding }) =>
    new Float32Array(embedding ? embedding.buffer.slice().buffer : new ArrayBuffer(0))
  );
}
