/**
 * `Document`: what every protocol carries. Field names follow docarray 0.x
 * (`docarray.DocumentProto`), in camelCase. Absent means unset on the wire.
 */

/** A JSON value, as `google.protobuf.Struct` holds it. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** A dense array as docarray's `NdArrayProto` carries it: C-order raw bytes. */
export interface NdArray {
  buffer: Uint8Array;
  shape: number[];
  /** numpy's `dtype.str` (`<f4`, `|u1`, `>f8`, …) or a plain name (`float32`). */
  dtype: string;
  /** What the receiver makes of it: `numpy`, `torch`, `list`, … */
  clsName: string;
  /** A `SparseNdArrayProto` as it came. Never read, only written back: `buffer` is empty then. */
  sparse?: Uint8Array;
  /** `parameters` and fields that this server does not know, tag included. */
  unknownFields?: Uint8Array[];
  /** The same, of the dense array inside. */
  denseUnknownFields?: Uint8Array[];
}

/** A named score of a match. */
export interface NamedScore {
  value?: number;
  opName?: string;
  description?: string;
  refId?: string;
  /** Protobuf fields that this server does not know, tag included. */
  unknownFields?: Uint8Array[];
}

/** One document of a request. */
export interface Document {
  id: string;
  text?: string;
  blob?: Uint8Array;
  tensor?: NdArray;
  uri?: string;
  mimeType?: string;
  granularity?: number;
  adjacency?: number;
  parentId?: string;
  weight?: number;
  modality?: string;
  offset?: number;
  location?: number[];
  chunks?: Document[];
  matches?: Document[];
  /** Why the content cannot be read: the document is embedded as an error. */
  unreadable?: string;
  /** As received from the client. */
  embedding?: NdArray;
  tags?: JsonObject;
  scores?: Record<string, NamedScore>;
  evaluations?: Record<string, NamedScore>;
  /** Protobuf fields that this server does not know, tag included: written back as they came. */
  unknownFields?: Uint8Array[];
}
