/** A protobuf reader that counts what a request holds, and reads what is large in slices. */
import { WireReader } from "../../../encoding/protobuf_reader.ts";
import { type Sliced, Slices } from "../../../encoding/slices.ts";
import { MAX_TEXT_BYTES, textTooLong } from "../../../encoding/text_pieces.ts";
import { decodeUtf8InSlices, isUtf8InSlices } from "../../../encoding/utf8_slices.ts";
import { NO_LIMITS, RequestSize } from "../document/request_size.ts";

/** Messages up to this size are read without a pause. */
const SMALL_BYTES = 1 << 15;
/** Texts up to this size are decoded at once. */
const SHORT_TEXT_BYTES = 1 << 20;
/** Units of work of a document or value, beside its bytes. */
const MESSAGE_UNITS = 300;

/** Of readers that read at once. */
const NEVER_ASKED = new Slices();

/** A cursor over a request. */
export class RequestReader extends WireReader {
  readonly size: RequestSize;
  readonly #slices: Slices;
  readonly #small: boolean;
  #looked = 0;

  /** @param slices and `fields`: one of the two bounds what is read at once. */
  constructor(
    bytes: Uint8Array,
    size: RequestSize = new RequestSize(NO_LIMITS),
    slices: Slices = NEVER_ASKED,
    fields?: number,
  ) {
    super(bytes, fields);
    this.#small = bytes.length <= SMALL_BYTES;
    this.size = size;
    this.#slices = slices;
  }

  /** Whether the length-delimited field at the cursor is to be read in slices. */
  get large(): boolean {
    return !this.#small && this.peekLength() > SMALL_BYTES;
  }

  /** After a field of a message that is read in slices: whether it is time to yield. */
  due(): boolean {
    const units = this.pos - this.#looked + MESSAGE_UNITS;
    this.#looked = this.pos;
    this.pause();
    // What is large is not looked at byte by byte.
    return this.#slices.spent(Math.min(units, SMALL_BYTES));
  }

  /** Passes over a field that is not known, and keeps it in `list` to be written back. */
  keepUnknown(list: Uint8Array[] | undefined, tag: number, start: number): Uint8Array[] {
    this.size.values(1);
    this.skip(tag);
    const kept = list ?? [];
    const last = kept.at(-1);
    const view = this.view(start, this.pos);
    // Neighbours are one piece: a million of them would take a hundred times their bytes.
    if (last !== undefined && last.byteOffset + last.length === view.byteOffset) {
      kept[kept.length - 1] = this.view(start - last.length, this.pos);
    } else kept.push(view);
    return kept;
  }

  /** A `string` field of up to `MAX_TEXT_BYTES`. @throws {ClipError} too_large: a longer one. */
  *longString(): Sliced<string> {
    const length = this.peekLength();
    if (length <= SHORT_TEXT_BYTES) return this.string();
    if (length > MAX_TEXT_BYTES) throw textTooLong();
    const start = this.pos;
    const bytes = this.bytes();
    if (!(yield* isUtf8InSlices(bytes, this.#slices))) {
      this.pos = start;
      throw this.fault("a string is not valid UTF-8");
    }
    this.size.weigh(bytes.length);
    return yield* decodeUtf8InSlices(bytes, this.#slices);
  }
}
