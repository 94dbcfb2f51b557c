/** What the clients of the gateway bench send: the requests of each case, as bytes. */
import sharp from "sharp";
import type { Document } from "../../src/dialects/jina/document/document.ts";
import { newId } from "../../src/dialects/jina/document/document_id.ts";
import { encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";

/** How a client speaks. */
export type GatewayProtocol = "http" | "grpc" | "websocket";

/** A kind of request. */
export interface Case {
  kind: "text" | "image";
  /** Documents of a request. */
  batch: number;
  /** Requests that are under way at a time. */
  underWay: number;
}

/** Size of a picture's file. */
export const IMAGE_BYTES = 100_000;

/** The cases, small requests first. */
export const CASES: readonly Case[] = [
  { kind: "text", batch: 1, underWay: 64 },
  { kind: "text", batch: 32, underWay: 8 },
  { kind: "image", batch: 1, underWay: 32 },
  { kind: "image", batch: 32, underWay: 4 },
];

/** Bodies before they repeat: more than are under way, so that no two share their work. */
export function requestBodies(
  protocol: GatewayProtocol,
  { kind, batch, underWay }: Case,
  picture: Uint8Array,
): Uint8Array[] {
  // Jina's client asks for this, so that pictures do not come back.
  const parameters = { drop_image_content: true };
  return Array.from({ length: 2 * underWay }, (_, round) => {
    const indices = Array.from({ length: batch }, (_, i) => round * batch + i);
    if (protocol === "http") {
      const data = indices.map((index) =>
        kind === "text" ? { text: textOf(index) } : { blob: imageOf(picture, index).toBase64() }
      );
      return new TextEncoder().encode(JSON.stringify({ data, parameters, execEndpoint: "/" }));
    }
    const docs = indices.map((index): Document =>
      kind === "text"
        ? { id: newId(), text: textOf(index) }
        : { id: newId(), blob: imageOf(picture, index) }
    );
    return encodeRequestProto({ requestId: newId(), execEndpoint: "/", parameters, docs });
  });
}

/** A picture of few pixels, whose decoding does not count beside its transport. */
export async function smallPicture(): Promise<Uint8Array> {
  return await sharp({ create: { width: 16, height: 16, channels: 3, background: "#7a4" } })
    .jpeg().toBuffer();
}

/** The text of an index. */
export function textOf(index: number): string {
  return `a photo of a cat on a mat, number ${index}`;
}

/** The picture of an index: bytes behind the end of a JPEG are not looked at. */
export function imageOf(picture: Uint8Array, index: number): Uint8Array {
  const bytes = Uint8Array.from({ length: IMAGE_BYTES }, (_, i) => (i * 2654435761) >>> 13);
  bytes.set(picture);
  new DataView(bytes.buffer).setUint32(picture.length, index);
  return bytes;
}
