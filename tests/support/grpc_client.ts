/** A gRPC client for tests: raw messages in and out. */
import { Buffer } from "node:buffer";
import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  type Metadata,
  Metadata as GrpcMetadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { decodeResponseProto, encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import type { DataRequest, DataResponse } from "../../src/dialects/jina/document/request.ts";

const asBytes = (bytes: Buffer) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const asBuffer = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A stream of raw messages. */
export type RawStream = ClientDuplexStream<Uint8Array, Uint8Array>;

/** A client; close it when done. */
export class GrpcClient {
  readonly raw: Client;

  constructor(url: string, options: { ca?: string; options?: Record<string, unknown> } = {}) {
    const { host } = new URL(url.replace(/^grpcs?/, "http"));
    const secure = url.startsWith("grpcs");
    this.raw = new Client(
      host,
      secure ? credentials.createSsl(Buffer.from(options.ca ?? "")) : credentials.createInsecure(),
      {
        "grpc.max_receive_message_length": -1,
        "grpc.max_send_message_length": -1,
        "grpc.use_local_subchannel_pool": 1,
        // An address is no server name (RFC 6066, section 3).
        ...(secure ? { "grpc.ssl_target_name_override": "localhost" } : {}),
        ...options.options,
      },
    );
  }

  /** Opens a stream of `/jina.JinaRPC/Call`. */
  stream(metadata: Metadata = new GrpcMetadata(), options: CallOptions = {}): RawStream {
    return this.streamOf("/jina.JinaRPC/Call", metadata, options);
  }

  /** Opens a stream of a method. */
  streamOf(path: string, metadata = new GrpcMetadata(), options: CallOptions = {}): RawStream {
    return this.raw.makeBidiStreamRequest(path, asBuffer, asBytes, metadata, options);
  }

  /** Sends requests on one stream and half-closes; all answers, or the status it ended with. */
  async call(
    requests: readonly (DataRequest | Uint8Array)[],
    metadata = new GrpcMetadata(),
    options: CallOptions = {},
  ): Promise<DataResponse[]> {
    const stream = this.stream(metadata, options);
    const answers: DataResponse[] = [];
    const done = new Promise<void>((resolve, reject) => {
      stream.on("data", (bytes) => answers.push(decodeResponseProto(bytes)));
      stream.on("error", reject);
      stream.on("end", resolve);
    });
    for (const request of requests) {
      stream.write(request instanceof Uint8Array ? request : encodeRequestProto(request));
    }
    stream.end();
    await done;
    return answers;
  }

  /** A unary call of raw bytes. */
  unary(
    path: string,
    message: Uint8Array = new Uint8Array(0),
    metadata = new GrpcMetadata(),
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.raw.makeUnaryRequest(
        path,
        asBuffer,
        asBytes,
        message,
        metadata,
        options,
        (error, value) => error ? reject(error) : resolve(value!),
      );
    });
  }

  /** A call with a stream of answers. */
  serverStream(path: string, message: Uint8Array): ClientReadableStream<Uint8Array> {
    return this.raw.makeServerStreamRequest(path, asBuffer, asBytes, message);
  }

  close(): void {
    this.raw.close();
  }
}

/** The status that a promise fails with. */
export async function statusOf(promise: Promise<unknown>): Promise<ServiceError> {
  try {
    await promise;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error("The call did not fail");
}

/** A request of texts. */
export function textRequest(
  texts: readonly string[],
  given: Partial<DataRequest> = {},
): DataRequest {
  return {
    requestId: crypto.randomUUID().replaceAll("-", ""),
    execEndpoint: "/",
    parameters: {},
    docs: texts.map((text, i) => ({ id: `d${i}`, text })),
    ...given,
  };
}
