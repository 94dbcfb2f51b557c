/** The small messages of a gateway: server information, endpoints, control calls. */
import type { JsonObject } from "../document/document.ts";
import { writeStruct } from "./struct.ts";
import { plainBytes, WireReader } from "../../../encoding/protobuf_reader.ts";
import type { WireSink } from "../../../encoding/protobuf_sink.ts";
import { encodeMessage } from "../../../encoding/protobuf_writer.ts";

/** `jina.JinaInfoProto`: versions and environment, by name. */
export interface JinaInfo {
  jina: Record<string, string>;
  envs: Record<string, string>;
}

/** `jina.EndpointsProto`. */
export interface Endpoints {
  endpoints: string[];
  writeEndpoints?: string[];
  schemas?: JsonObject;
}

/** Encodes a `JinaInfoProto`, the answer of `_status`. */
export function encodeJinaInfoProto(info: JinaInfo): Uint8Array {
  return encodeMessage((sink) => {
    writeMap(sink, 10, info.jina);
    writeMap(sink, 18, info.envs);
  });
}

function writeMap(sink: WireSink, tag: number, map: Record<string, string>): void {
  for (const [key, value] of Object.entries(map)) {
    sink.begin(tag);
    sink.string(10, key);
    sink.string(18, value);
    sink.end();
  }
}

/** Encodes an `EndpointsProto`, the answer of `endpoint_discovery`. */
export function encodeEndpointsProto(endpoints: Endpoints): Uint8Array {
  return encodeMessage((sink) => {
    for (const endpoint of endpoints.endpoints) sink.string(10, endpoint);
    for (const endpoint of endpoints.writeEndpoints ?? []) sink.string(18, endpoint);
    if (endpoints.schemas !== undefined) {
      sink.begin(26);
      writeStruct(sink, endpoints.schemas);
      sink.end();
    }
  });
}

/** `jina.ControlRequestProto`, in jina before 3.6: a call that asks whether the server is there. */
export interface ControlRequest {
  /** 0 status, 1 activate, 2 deactivate. */
  command: number;
  /** The whole message: the answer is the request itself. */
  bytes: Uint8Array;
}

/** Decodes a `ControlRequestProto`. @throws {ClipError} invalid: not such a message. */
export function decodeControlRequestProto(bytes: Uint8Array): ControlRequest {
  const plain = plainBytes(bytes);
  const reader = new WireReader(plain);
  let command = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === 16) command = reader.uint32();
    else reader.skip(tag);
  }
  return { command, bytes: plain };
}
