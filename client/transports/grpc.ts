/** Over gRPC: a session is one stream of `jina.JinaRPC/Call`. In Deno and Node. */
import { checkServerIdentity } from "node:tls";
import type { ChannelCredentials, Client, ClientDuplexStream, ServiceError } from "@grpc/grpc-js";
import type { DataRequest, DataResponse } from "../../src/dialects/jina/document/request.ts";
import { decodeResponseProto, encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import { ClipClientError, type ClipClientErrorKind } from "../errors.ts";
import { Pending } from "./pending.ts";
import type {
  ConnectOptions,
  SendOptions,
  Session,
  SessionOptions,
  Transport,
} from "./transport.ts";

type Grpc = typeof import("@grpc/grpc-js");
type Call = ClientDuplexStream<Uint8Array, DataResponse>;

const METHOD = "/jina.JinaRPC/Call";
/** A connection that is open and silent is asked whether it lives. */
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
/** gRPC's number for gzip (`grpc_compression_algorithm`). */
const GZIP = 2;

/** A server behind `grpc:` or `grpcs:`. @throws {ClipClientError} usage: grpc-js is not installed. */
export async function openGrpc(options: ConnectOptions): Promise<Transport> {
  let grpc: Grpc;
  try {
    grpc = await import("@grpc/grpc-js");
  } catch (cause) {
    throw new ClipClientError(
      "usage",
      "gRPC needs the package @grpc/grpc-js: npm install @grpc/grpc-js, or use http:// or ws://",
      { cause },
    );
  }
  return new GrpcTransport(grpc, options);
}

class GrpcTransport implements Transport {
  readonly #grpc: Grpc;
  readonly #client: Client;
  readonly #options: ConnectOptions;

  constructor(grpc: Grpc, options: ConnectOptions) {
    const { url, compress } = options;
    this.#grpc = grpc;
    this.#options = options;
    const secure = url.protocol === "grpcs:";
    this.#client = new grpc.Client(
      withPort(url),
      secure ? secureCredentials(grpc, options) : grpc.credentials.createInsecure(),
      {
        "grpc.max_receive_message_length": -1,
        "grpc.max_send_message_length": -1,
        "grpc.use_local_subchannel_pool": 1,
        "grpc.keepalive_time_ms": KEEPALIVE_MS,
        "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
        ...(compress ? { "grpc.default_compression_algorithm": GZIP } : {}),
        // An address is no server name (RFC 6066, section 3): the certificate is checked below.
        ...(secure && isAddress(url.hostname)
          ? { "grpc.ssl_target_name_override": "localhost" }
          : {}),
      },
    );
  }

  open({ prefetch, trace }: SessionOptions): Session {
    const { authorization, headers, url } = this.#options;
    const metadata = new this.#grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    if (authorization !== undefined) metadata.set("authorization", authorization);
    metadata.set("__prefetch__", String(prefetch));
    for (const [name, value] of Object.entries(trace ?? {})) metadata.set(name, value);
    const call = (): Call =>
      this.#client.makeBidiStreamRequest(METHOD, serialize, deserialize, metadata);
    return new GrpcSession(call, url.host);
  }

  close(): void {
    this.#client.close();
  }
}

class GrpcSession implements Session {
  readonly #open: () => Call;
  readonly #host: string;
  // The next try is a stream of its own, which a balancer gives to another server.
  readonly #pending = new Pending(() => this.#giveUp(STALLED));
  #call: Call | undefined;

  constructor(open: () => Call, host: string) {
    this.#open = open;
    this.#host = host;
  }

  send(request: DataRequest, { signal }: SendOptions): Promise<DataResponse> {
    const bytes = encodeRequestProto(request);
    const answer = this.#pending.wait(request.requestId, bytes.length, signal);
    (this.#call ??= this.#start()).write(bytes);
    return answer;
  }

  close(): void {
    if (this.#pending.size > 0) return this.#giveUp("The client was closed");
    this.#call?.end();
    this.#call = undefined;
  }

  #giveUp(why: string): void {
    const call = this.#call;
    this.#call = undefined;
    call?.cancel();
    this.#pending.fail(new ClipClientError("connection", why));
  }

  #start(): Call {
    const call = this.#open();
    const lost = (error: ClipClientError) => {
      if (this.#call !== call) return;
      this.#call = undefined;
      this.#pending.fail(error);
    };
    call.on("data", (response: DataResponse) => this.#pending.answer(response));
    call.on("error", (error: ServiceError) => lost(failureOf(error, this.#host)));
    call.on(
      "end",
      () => lost(new ClipClientError("connection", "The server ended the stream too early")),
    );
    return call;
  }
}

function secureCredentials(grpc: Grpc, { tls, url }: ConnectOptions): ChannelCredentials {
  const bytes = (pem: string | undefined) => pem === undefined ? null : Buffer.from(pem);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return grpc.credentials.createSsl(bytes(tls?.ca), bytes(tls?.key), bytes(tls?.cert), {
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  });
}

/** grpc-js would take 443 for either scheme. */
function withPort({ host, port, protocol }: URL): string {
  return port !== "" ? host : `${host}:${protocol === "grpcs:" ? 443 : 80}`;
}

function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host);
}

function serialize(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function deserialize(bytes: Buffer): DataResponse {
  return decodeResponseProto(bytes);
}

const RESOURCE_EXHAUSTED = 8;

/** What grpc-js says of calls that no server has ended: balancers end them so when one is gone. */
const BROKEN_OFF = /^Received RST_STREAM|^Received HTTP status code 408/;

/** What those are told who waited beside a request that was given up. */
const STALLED = "Nothing came for the whole time-out of a request";

/** By gRPC's numbers; the others are faults of the server. */
const KINDS: Readonly<Record<number, ClipClientErrorKind>> = {
  // Not by this client, which does not wait for what it has cancelled: a balancer resets so.
  1: "connection",
  3: "invalid",
  4: "timeout",
  5: "not_found",
  7: "unauthenticated",
  8: "overloaded",
  9: "invalid",
  11: "invalid",
  12: "not_found",
  14: "unavailable",
  16: "unauthenticated",
};

function failureOf({ code, details, message }: ServiceError, host: string): ClipClientError {
  const words = details || message;
  const kind = code === RESOURCE_EXHAUSTED && /max_message_bytes|larger than/.test(words)
    ? "too_large"
    : BROKEN_OFF.test(words)
    ? "connection"
    : KINDS[code] ?? "server";
  const hint = kind === "unavailable"
    ? `. Is the server running at ${host}, with the protocol 'grpc' in its flow?`
    : kind === "unauthenticated"
    ? ". Give the client an API key that the server knows: new ClipClient(url, { apiKey })"
    : "";
  return new ClipClientError(kind, `${words} (gRPC status ${code})${hint}`, {
    status: code,
    retryAfterMs: secondsIn(words),
  });
}

/** A refusal says in its words after which time there is room. */
function secondsIn(words: string): number | undefined {
  const found = /(?:in|after) (\d+(?:\.\d+)?) ?(ms|s)\b/.exec(words);
  return found ? Number(found[1]) * (found[2] === "s" ? 1000 : 1) : undefined;
}
