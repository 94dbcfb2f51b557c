/** The names of what an index has in a database. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { quotedName } from "../filter/sql.ts";

/** Bytes of a name; PostgreSQL cuts what is longer, without an error (NAMEDATALEN). */
const MAX_NAME_BYTES = 63;
/** Of the hash at the end of one that is too long, with its sign. */
const HASH_BYTES = 17;

/** A name as a text of SQL. */
export function quotedLiteral(name: string): string {
  return `'${name.replaceAll("'", "''")}'`;
}

/** A table, and what belongs to it; every name is quoted, as SQL has it. */
export class TableName {
  /** As the flow has it, for messages. */
  readonly told: string;
  /** With its schema, if it has one. */
  readonly quoted: string;
  /** Its schema without quotes; undefined takes the first of the search path. */
  readonly schema: string | undefined;
  readonly #name: string;

  /** @param told `table` or `schema.table`. */
  constructor(told: string) {
    this.told = told;
    const dot = told.indexOf(".");
    this.schema = dot < 0 ? undefined : told.slice(0, dot);
    this.#name = told.slice(dot + 1);
    this.quoted = this.#qualified(this.#name);
  }

  /** Counts what is written. */
  get sequence(): string {
    return this.#qualified(this.#own("order"));
  }

  /** The index of the graph. */
  get graph(): string {
    return this.#qualified(this.#own("graph"));
  }

  /** The graph's name alone: an index is made in the schema of its table. */
  get bareGraph(): string {
    return quotedName(this.#own("graph"));
  }

  /** The table of a backup. */
  backup(name: string): string {
    return this.#qualified(this.#own(`backup_${name}`));
  }

  /** How the names of all its backups begin, without their schema. */
  get backupsBegin(): string {
    const whole = Buffer.from(`${this.#name}__backup_`);
    return whole.subarray(0, MAX_NAME_BYTES - HASH_BYTES).toString();
  }

  /** A name of this table's; one that is too long ends in a hash of the whole. */
  #own(part: string): string {
    const whole = `${this.#name}__${part}`;
    if (Buffer.byteLength(whole) <= MAX_NAME_BYTES) return whole;
    const hash = createHash("sha256").update(whole).digest("hex").slice(0, 16);
    return `${Buffer.from(whole).subarray(0, MAX_NAME_BYTES - HASH_BYTES).toString()}#${hash}`;
  }

  #qualified(name: string): string {
    const quoted = quotedName(name);
    return this.schema === undefined ? quoted : `${quotedName(this.schema)}.${quoted}`;
  }
}
