/** What takes a message of protobuf, field by field. */

/** Receives the fields of a message in order. A tag is `number << 3 | wire type`. */
export interface WireSink {
  /** An unsigned or signed integer, |value| < 2^53. */
  varint(tag: number, value: number): void;
  double(tag: number, value: number): void;
  float(tag: number, value: number): void;
  string(tag: number, value: string): void;
  bytes(tag: number, value: Uint8Array): void;
  packedUint32(tag: number, values: readonly number[]): void;
  packedFloat(tag: number, values: readonly number[]): void;
  /** Fields that are encoded already, tags included. */
  raw(fields: readonly Uint8Array[] | undefined): void;
  /** Starts a nested message; what follows until `end` is inside it. */
  begin(tag: number): void;
  end(): void;
}
