/** `docarray.NdArrayProto`. Buffers are views of the message they came in. */
import type { NdArray } from "../document/document.ts";
import type { WireSink } from "../../../encoding/protobuf_sink.ts";
import type { RequestReader } from "./request_reader.ts";

/** Reads a length-delimited `NdArrayProto`; `into` is the value of an earlier, merged occurrence. */
export function readNdArray(reader: RequestReader, into?: NdArray): NdArray {
  reader.size.array();
  const array: NdArray = into ?? { buffer: new Uint8Array(0), shape: [], dtype: "", clsName: "" };
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 10:
        delete array.sparse;
        readDense(reader, array);
        break;
      case 18:
        array.sparse = reader.bytes();
        array.buffer = array.sparse.subarray(0, 0);
        array.shape = [];
        break;
      case 26:
        array.clsName = reader.string();
        break;
      default:
        array.unknownFields = reader.keepUnknown(array.unknownFields, tag, start);
    }
  }
  reader.leave(outer);
  return array;
}

function readDense(reader: RequestReader, array: NdArray): void {
  const outer = reader.enter();
  while (reader.more()) {
    const start = reader.pos;
    const tag = reader.tag();
    switch (tag) {
      case 10:
        array.buffer = reader.bytes();
        break;
      case 16:
        reader.size.values(1);
        array.shape.push(reader.uint32());
        break;
      case 18: {
        reader.spend(reader.peekLength());
        const end = reader.enter();
        while (reader.more()) {
          reader.size.values(1);
          array.shape.push(reader.uint32());
        }
        reader.leave(end);
        break;
      }
      case 26:
        array.dtype = reader.string();
        break;
      default:
        array.denseUnknownFields = reader.keepUnknown(array.denseUnknownFields, tag, start);
    }
  }
  reader.leave(outer);
}

/** Writes an array as the field `tag`. */
export function writeNdArray(sink: WireSink, tag: number, array: NdArray): void {
  sink.begin(tag);
  if (array.sparse !== undefined) {
    sink.bytes(18, array.sparse);
  } else {
    sink.begin(10);
    if (array.buffer.length > 0) sink.bytes(10, array.buffer);
    if (array.shape.length > 0) sink.packedUint32(18, array.shape);
    if (array.dtype !== "") sink.string(26, array.dtype);
    sink.raw(array.denseUnknownFields);
    sink.end();
  }
  if (array.clsName !== "") sink.string(26, array.clsName);
  sink.raw(array.unknownFields);
  sink.end();
}
