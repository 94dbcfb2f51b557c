/** gRPC between the transport and dialects: methods by their full path, messages as bytes. */
import type { Answered, MessageContext } from "./message.ts";

/** A header that a client sent along; undefined if it sent none of the name. */
export type MetadataReader = (name: string) => string | undefined;

/** A call that is answered from what is known, at any time. */
export interface ToldMethod {
  kind: "told";
  /** Needs no API key: it tells nothing but that the server lives. */
  open?: true;
  answer(message: Uint8Array): Uint8Array;
}

/** One request, one answer. It waits for its turn, or is refused at once where that would be too late. */
export interface UnaryMethod {
  kind: "unary";
  /** @throws {ClipError} what becomes the call's status. */
  answer(message: Uint8Array, context: MessageContext): Promise<Answered<Uint8Array>>;
}

/** A stream of requests and of answers in their order. It waits for room. */
export interface StreamMethod {
  kind: "stream";
  /** Most requests that the client wants to have in work; by default as many as the flow allows. */
  window?(metadata: MetadataReader): number;
  /** @throws {ClipError} what ends the stream, after the answers before it. */
  answer(message: Uint8Array, context: MessageContext): Promise<Answered<Uint8Array>>;
}

/** A method of a dialect. */
export type GrpcMethod = ToldMethod | UnaryMethod | StreamMethod;

/** What a gRPC port needs of a dialect. */
export interface GrpcServices {
  /** Files in `proto/`: all services of theirs are offered, and told by reflection. */
  readonly protos: readonly string[];
  /**
   * Full names of services that its clients know, of whatever file, if they fail at others: the older
   * version of reflection, which they ask, lists no others then. All are served and told of.
   */
  readonly known?: readonly string[];
  /** By full path, such as `/jina.JinaRPC/Call`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
}
