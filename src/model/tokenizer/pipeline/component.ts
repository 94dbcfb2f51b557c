/** Parts of a `tokenizer.json`, as they are read: every field is checked, none is passed over. */
import { ClipError } from "../../../errors.ts";

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/** A part that is not read, or not as it is written. */
export class ComponentError extends ClipError {
  /** @param where its key in the file. */
  constructor(where: string, reason: string) {
    super("model", `tokenizer.json: '${where}' ${reason}`, { name: "ComponentError" });
  }
}

/** Reads the fields of one part. */
export class Component {
  readonly where: string;
  readonly #json: JsonObject;
  readonly #asked = new Set(["type"]);

  /** @throws {ComponentError} it is no object. */
  constructor(json: unknown, where: string) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new ComponentError(where, "is not an object");
    }
    this.where = where;
    this.#json = json as JsonObject;
  }

  /** What it is. */
  get type(): string {
    return this.text("type");
  }

  /** A field as it is. */
  field(key: string): unknown {
    this.#asked.add(key);
    return Object.hasOwn(this.#json, key) ? this.#json[key] ?? undefined : undefined;
  }

  /** A text. */
  text(key: string, otherwise?: string): string {
    const value = this.field(key) ?? otherwise;
    if (typeof value !== "string") throw this.#wrong(key, "a text");
    return value;
  }

  /** A switch. */
  flag(key: string, otherwise?: boolean): boolean {
    const value = this.field(key) ?? otherwise;
    if (typeof value !== "boolean") throw this.#wrong(key, "true or false");
    return value;
  }

  /** A whole number. */
  count(key: string, otherwise?: number): number {
    const value = this.field(key) ?? otherwise;
    if (!Number.isInteger(value) || (value as number) < 0) throw this.#wrong(key, "a whole number");
    return value as number;
  }

  /** A list. */
  list(key: string): unknown[] {
    const value = this.field(key);
    if (!Array.isArray(value)) throw this.#wrong(key, "a list");
    return value;
  }

  /** Parts in a list. */
  parts(key: string): Component[] {
    return this.list(key).map((part, i) => new Component(part, `${this.where}.${key}[${i}]`));
  }

  /** A part. */
  part(key: string): Component {
    return new Component(this.field(key), `${this.where}.${key}`);
  }

  /** All fields were asked for: others would mean something else. @throws {ComponentError} */
  finish(): void {
    for (const [key, value] of Object.entries(this.#json)) {
      if (!this.#asked.has(key) && value !== null) {
        throw new ComponentError(`${this.where}.${key}`, `(${brief(value)}) is not read`);
      }
    }
  }

  /** For a part of a type that is not read. */
  unread(): ComponentError {
    return new ComponentError(this.where, `of type ${brief(this.#json["type"])} is not read`);
  }

  #wrong(key: string, wanted: string): ComponentError {
    return new ComponentError(`${this.where}.${key}`, `is not ${wanted}`);
  }
}

function brief(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 60) ?? "nothing";
}
