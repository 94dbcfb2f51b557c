/** A sample of a tar file: members of one name, which become a row. */
import { ClipError } from "../../../errors.ts";
import type { InputRow, MetadataValue, Row } from "../../row.ts";
import { MAX_JSON_BYTES, MAX_LINE_BYTES } from "../bounds.ts";
import { formatByEnding } from "../files/format.ts";
import type { ImageReferences } from "../images/image_references.ts";
import type { InputOptions } from "../options.ts";
import { asMetadata } from "../tables/table_row.ts";

/** How samples are read. */
export interface SampleReading {
  options: InputOptions;
  references: ImageReferences;
  folder: string;
  signal: AbortSignal;
}

/** Captions, as img2dataset and WebDataset's users write them; the first that is there is taken. */
const CAPTIONS = ["txt", "caption", "text"];
/** Members that are short texts about the sample. */
const REMARKS = ["cls", "id", "index", "url"];
/** The field of the JSON member with the caption. */
const CAPTION = "caption";

/** A sample whose members come one after the other. */
export class Sample {
  readonly name: string;
  readonly key: string;
  readonly place: string;
  /** What it has, kept or not. */
  readonly endings = new Set<string>();
  readonly #reading: SampleReading;
  readonly #kept = new Map<string, Uint8Array>();
  #image: string | undefined;
  #fault: string | undefined;

  constructor(name: string, key: string, place: string, reading: SampleReading) {
    this.name = name;
    this.key = key;
    this.place = place;
    this.#reading = reading;
  }

  /** Whether a member's bytes are needed. */
  wants(ending: string, size: number): boolean {
    const { options, references } = this.#reading;
    if (ending === "json") return this.#fits(ending, size, MAX_JSON_BYTES);
    if (ending === options.image || (options.image === undefined && isImageEnding(ending))) {
      if (!takesImages(options) || this.#image !== undefined) return false;
      this.#image = ending;
      return this.#fits(ending, size, references.maxBytes);
    }
    const isText = ending === options.text || CAPTIONS.includes(ending) || REMARKS.includes(ending);
    return isText && this.#fits(ending, size, MAX_LINE_BYTES);
  }

  #fits(ending: string, size: number, most: number): boolean {
    if (size <= most) return true;
    this.#fault ??= `The member .${ending} is larger than ${most} bytes`;
    return false;
  }

  /** Keeps what was wanted. */
  keep(ending: string, bytes: Uint8Array): void {
    this.#kept.set(ending, bytes);
  }

  /** The tar file breaks off within it. */
  cut(): void {
    this.#fault = "The tar file breaks off within this sample";
  }

  /** Fields of its JSON member. @throws {ClipError} "document" if it is none. */
  fields(): Record<string, unknown> {
    const bytes = this.#kept.get("json");
    if (bytes === undefined) return {};
    let value: unknown;
    try {
      value = JSON.parse(decode(bytes, "json"));
    } catch (thrown) {
      throw new ClipError("document", `The member .json is broken: ${(thrown as Error).message}`);
    }
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? value as Record<string, unknown> : { json: value };
  }

  /** The row, when all of it has come. */
  row(): InputRow {
    const { key, place } = this;
    try {
      if (this.#fault !== undefined) throw new ClipError("document", this.#fault);
      return this.#row();
    } catch (thrown) {
      return { key, place, reason: ClipError.wrap(thrown, "document").message };
    }
  }

  #row(): Row {
    const { options } = this.#reading;
    const { key, place } = this;
    const fields = new Map<string, unknown>(Object.entries(this.fields()));
    const metadata = new Map<string, MetadataValue>();
    for (const ending of REMARKS) {
      const bytes = this.#kept.get(ending);
      if (bytes !== undefined) metadata.set(ending, decode(bytes, ending));
    }
    const row: Row = { key, place, metadata: {} };
    const text = this.#text(fields);
    if (text !== undefined) {
      if (takesTexts(options)) row.text = text;
      else metadata.set(CAPTION, text);
      fields.delete(CAPTION);
    }
    const image = takesImages(options) ? this.#imageOf(fields) : undefined;
    if (image !== undefined) row.image = image;
    for (const [name, value] of fields) {
      const told = asMetadata(value);
      if (told !== undefined) metadata.set(name, told);
    }
    if (row.text === undefined && row.image === undefined) throw this.#nothing();
    row.metadata = Object.fromEntries(metadata);
    return row;
  }

  /** Of the member or the field that was asked for, or the caption. */
  #text(fields: Map<string, unknown>): string | undefined {
    const { text: asked } = this.#reading.options;
    for (const ending of asked === undefined ? CAPTIONS : [asked]) {
      const bytes = this.#kept.get(ending);
      if (bytes !== undefined) return nonEmpty(decode(bytes, ending));
    }
    const name = asked ?? CAPTION;
    const value = fields.get(name);
    if (asked !== undefined) fields.delete(name);
    return typeof value === "string" ? nonEmpty(value) : undefined;
  }

  #imageOf(fields: Map<string, unknown>): Row["image"] {
    const { options, references, folder, signal } = this.#reading;
    const bytes = this.#image === undefined ? undefined : this.#kept.get(this.#image);
    if (bytes !== undefined) return bytes.length === 0 ? undefined : () => bytes;
    const value = options.image === undefined ? undefined : fields.get(options.image);
    if (typeof value !== "string" || value === "") return undefined;
    return () => references.read(value, folder, signal);
  }

  #nothing(): ClipError {
    const has = [...this.endings].slice(0, 20).map((ending) =>
      this.#kept.get(ending)?.length === 0 ? `.${ending} (empty)` : `.${ending}`
    ).join(", ");
    const { text, image } = this.#reading.options;
    const asked = [text, image].filter((name) => name !== undefined).map((name) => `'${name}'`);
    const wanted = asked.length > 0 ? asked.join(" or ") : "image or caption";
    return new ClipError("document", `The sample has no ${wanted}; it has ${has}`);
  }
}

/** Whether texts are embedded: they are asked for, or nothing is. */
function takesTexts({ text, image }: InputOptions): boolean {
  return text !== undefined || image === undefined;
}

function takesImages({ text, image }: InputOptions): boolean {
  return image !== undefined || text === undefined;
}

function isImageEnding(ending: string): boolean {
  return !ending.includes(".") && formatByEnding(`x.${ending}`) === "images";
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array, ending: string): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new ClipError("document", `The member .${ending} is not UTF-8`);
  }
}

function nonEmpty(text: string): string | undefined {
  return text.trim() === "" ? undefined : text;
}
