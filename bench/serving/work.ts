/** What the serving bench sends: distinct texts and pictures, and the requests that carry them. */
import { newId } from "../../src/dialects/jina/document/document_id.ts";
import type { Document } from "../../src/dialects/jina/document/document.ts";
import { encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import type { Modality } from "../../src/model/item.ts";
import { captions, photos } from "../inputs.ts";

/** Put behind a caption to make another one of about the same length. */
const ENDINGS = "red green blue white black grey brown pink gold silver small large old new wet dry"
  .split(" ");

/** Pictures that are really different; the others differ by bytes behind the end of the JPEG. */
const PHOTOS = 16;

/** Makes the inputs; the same number gives the same input. */
export class Work {
  readonly #captions = captions().map(({ text }) => text);
  readonly #photos: readonly Uint8Array[];

  private constructor(photos: readonly Uint8Array[]) {
    this.#photos = photos;
  }

  /** Draws the pictures. */
  static async make(): Promise<Work> {
    return new Work(await photos(PHOTOS));
  }

  /** Texts before they repeat. */
  get texts(): number {
    return this.#captions.length * (ENDINGS.length + 1);
  }

  /** A caption of 14 tokens in the mean. */
  text(index: number): string {
    const round = Math.floor(index / this.#captions.length) % (ENDINGS.length + 1);
    const caption = this.#captions[index % this.#captions.length]!;
    return round === 0 ? caption : `${caption}, ${ENDINGS[round - 1]}`;
  }

  /** A JPEG of 640 × 480; no two are equal, so that none is computed for another's sake. */
  image(index: number): Uint8Array {
    const photo = this.#photos[index % this.#photos.length]!;
    const bytes = new Uint8Array(photo.length + 4);
    bytes.set(photo);
    new DataView(bytes.buffer).setUint32(photo.length, index);
    return bytes;
  }

  /** A request's body with so many items from `first` on. */
  body(protocol: Protocol, modality: Modality, first: number, count: number): Uint8Array {
    const indices = Array.from({ length: count }, (_, i) => first + i);
    if (protocol === "openai") {
      const input = indices.map((index) =>
        modality === "text"
          ? this.text(index)
          : `data:image/jpeg;base64,${this.image(index).toBase64()}`
      );
      const request = { model: "clip", modality, input, encoding_format: "float" };
      return new TextEncoder().encode(JSON.stringify(request));
    }
    if (protocol === "http") {
      const data = indices.map((index) =>
        modality === "text" ? { text: this.text(index) } : { blob: this.image(index).toBase64() }
      );
      return new TextEncoder().encode(JSON.stringify({ data, execEndpoint: "/" }));
    }
    const docs = indices.map((index): Document =>
      modality === "text"
        ? { id: newId(), text: this.text(index) }
        : { id: newId(), blob: this.image(index) }
    );
    return encodeRequestProto({ requestId: newId(), execEndpoint: "/", parameters: {}, docs });
  }
}

/** How a client speaks: Jina's HTTP or gRPC, or OpenAI's `/embeddings` as infinity has it. */
export type Protocol = "http" | "grpc" | "openai";
