/**
 * The truth of the embedded index: one SQLite file. Two connections, so that searches see what is
 * committed while a large write is under way.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { ClipError } from "../../errors.ts";
import type { ColumnValue } from "../columns.ts";
import type { IndexShape } from "../engine.ts";
import type { Filter } from "../filter/filter.ts";
import { filterSql, SQLITE } from "../filter/sql.ts";
import { numbersOf } from "./key_text.ts";
import { migrate, readMeta, type StoredColumn, writeMeta } from "./schema.ts";

/** How long another program's lock is waited for, milliseconds. */
const BUSY_MS = 2000;

/**
 * Pages of 16 KiB hold seven embeddings of 512 numbers; of SQLite's own 4 KiB half would be empty.
 * A commit is on the disk when it is answered (FULL): writes that wait share one, which makes that
 * cheap.
 */
const PRAGMAS = `
  PRAGMA page_size = 16384;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -16384;
  PRAGMA journal_size_limit = 67108864;
`;

/** A condition on documents, and the values of its parameters. */
export interface Condition {
  text: string;
  parameters: SQLInputValue[];
}

/** What is written of a document. */
export interface Row {
  id: string;
  embedding: Float32Array;
  document: Uint8Array;
  /** In the order of the declared columns. */
  columns: readonly (ColumnValue | null)[];
}

/** An open database. Everything throws what SQLite throws. */
export class Database {
  readonly path: string;
  readonly columns: ReadonlyMap<string, StoredColumn>;
  readonly #dimensions: number;
  readonly #writer: DatabaseSync;
  readonly #reader: DatabaseSync;
  readonly #write: Record<"find" | "insert" | "vector" | "content" | "noteRemoved", StatementSync>;
  readonly #remove: readonly StatementSync[];
  readonly #read: Record<"byId" | "id" | "embedding" | "document" | "after", StatementSync>;
  /** Of what is at the path, to see whether it is still that. */
  readonly #file: { ino: number | null; dev: number };

  /** @throws {ClipError} "config" if the index has another shape; what SQLite throws else. */
  constructor(path: string, shape: IndexShape) {
    this.path = path;
    this.#dimensions = shape.dimensions;
    this.#writer = new DatabaseSync(path, { timeout: BUSY_MS });
    try {
      this.#writer.exec(PRAGMAS);
      this.columns = migrate(this.#writer, shape);
      this.#reader = new DatabaseSync(path, { timeout: BUSY_MS, readOnly: true });
    } catch (error) {
      this.#writer.close();
      throw error;
    }
    const prepare = (sql: string) => this.#writer.prepare(sql);
    const names = [...this.columns.values()].map(({ sql }) => `, ${sql}`).join("");
    const values = ", ?".repeat(this.columns.size);
    this.#write = {
      find: prepare("SELECT key FROM documents WHERE id = ?"),
      insert: prepare(`INSERT INTO documents (id${names}) VALUES (?${values})`),
      vector: prepare("INSERT INTO vectors VALUES (?, ?)"),
      content: prepare("INSERT INTO contents VALUES (?, ?)"),
      noteRemoved: prepare("INSERT OR IGNORE INTO removed VALUES (?)"),
    };
    this.#remove = ["documents", "vectors", "contents"].map((table) =>
      prepare(`DELETE FROM ${table} WHERE key = ?`)
    );
    const read = (sql: string) => this.#reader.prepare(sql);
    this.#read = {
      byId: read("SELECT key FROM documents WHERE id = ?"),
      id: read("SELECT id FROM documents WHERE key = ?"),
      embedding: read("SELECT embedding FROM vectors WHERE key = ?"),
      document: read("SELECT document FROM contents WHERE key = ?"),
      after: read("SELECT key, embedding FROM vectors WHERE key > ? ORDER BY key LIMIT ?"),
    };
    const { ino, dev } = Deno.statSync(path);
    this.#file = { ino, dev };
  }

  /** Whether the file is the one that lies at the path: SQLite writes into a removed one as well. */
  get isInPlace(): boolean {
    try {
      const { ino, dev } = Deno.statSync(this.path);
      return ino === this.#file.ino && dev === this.#file.dev;
    } catch {
      return false;
    }
  }

  begin(): void {
    this.#writer.exec("BEGIN IMMEDIATE");
  }

  commit(): void {
    this.#writer.exec("COMMIT");
  }

  /** Ends a transaction, if SQLite has not done so by itself, as on a full disk. */
  rollBack(): void {
    if (this.inTransaction) this.#writer.exec("ROLLBACK");
  }

  get inTransaction(): boolean {
    return this.#writer.isTransaction;
  }

  /** Begins a part of the transaction. */
  beginPart(): void {
    this.#writer.exec("SAVEPOINT part");
  }

  /** Ends a part. @param keep false undoes it. */
  endPart(keep: boolean): void {
    if (!keep) this.#writer.exec("ROLLBACK TO part");
    this.#writer.exec("RELEASE part");
  }

  /** Writes a document whose id is not there. @returns its key: greater than all before. */
  insert({ id, columns, embedding, document }: Row): number {
    const key = Number(this.#write.insert.run(id, ...columns).lastInsertRowid);
    this.#write.vector.run(key, embedding);
    this.#write.content.run(key, document);
    return key;
  }

  /** Removes a document. @param upTo its key is noted if it is not greater. @returns its key. */
  remove(id: string, upTo: number): number | undefined {
    const found = this.#write.find.get(id);
    if (found === undefined) return undefined;
    const key = Number(found.key);
    for (const statement of this.#remove) statement.run(key);
    if (key <= upTo) this.#write.noteRemoved.run(key);
    return key;
  }

  /** Removes all documents, and gives the disk back. */
  clear(): void {
    this.begin();
    try {
      for (const table of ["documents", "vectors", "contents", "removed"]) {
        this.#writer.exec(`DELETE FROM ${table}`);
      }
      this.#writer.exec("DELETE FROM meta WHERE name = 'snapshot'");
      this.commit();
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** Gives disk back that is not used. */
  shrink(): void {
    this.#writer.exec("VACUUM");
    this.checkpoint();
  }

  /** Keeps something under a name, and forgets which keys are noted as removed. */
  writeSnapshot(value: string): void {
    this.begin();
    try {
      writeMeta(this.#writer, "snapshot", value);
      this.#writer.exec("DELETE FROM removed");
      this.commit();
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  /** What `writeSnapshot` kept. */
  readSnapshot(): string | undefined {
    return readMeta(this.#reader, "snapshot");
  }

  /** Keys that were removed since `writeSnapshot`, of those that were noted. */
  removedKeys(): number[] {
    return this.#reader.prepare("SELECT key FROM removed").all().map(({ key }) => Number(key));
  }

  /** Brings everything into the one file. @returns whether nothing is left beside it. */
  checkpoint(): boolean {
    return this.#writer.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()!.busy === 0;
  }

  /** The key of an id; undefined if there is none. */
  keyOf(id: string): number | undefined {
    const found = this.#read.byId.get(id);
    return found === undefined ? undefined : Number(found.key);
  }

  /** The id of a key; undefined if the document is gone. */
  idOf(key: number): string | undefined {
    return this.#read.id.get(key)?.id as string | undefined;
  }

  /** float32 `[D]`; undefined if the document is gone. */
  embeddingOf(key: number): Float32Array | undefined {
    const found = this.#read.embedding.get(key);
    return found && this.#floats(found.embedding as Uint8Array);
  }

  documentOf(key: number): Uint8Array | undefined {
    return this.#read.document.get(key)?.document as Uint8Array | undefined;
  }

  /** The next embeddings behind a key, in the order of keys. */
  embeddingsAfter(key: number, limit: number): { key: number; embedding: Float32Array }[] {
    return this.#read.after.all(key, limit).map((row) => ({
      key: Number(row.key),
      embedding: this.#floats(row.embedding as Uint8Array),
    }));
  }

  /** A filter as a condition. */
  condition(filter: Filter | undefined): Condition {
    if (filter === undefined) return { text: "1 = 1", parameters: [] };
    const columns = Object.fromEntries([...this.columns].map(([name, { type }]) => [name, type]));
    const column = (name: string) => this.columns.get(name)!.sql;
    const { text, parameters } = filterSql(filter, { dialect: SQLITE, columns, column });
    // In SQLite lists are texts.
    return { text, parameters: parameters as SQLInputValue[] };
  }

  /** Counts what a condition takes, up to a limit. */
  count({ text, parameters }: Condition, limit: number): number {
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM documents WHERE ${text} LIMIT ?)`;
    return Number(this.#reader.prepare(sql).get(...parameters, limit)!.n);
  }

  /** Keys that a condition takes, in no order. */
  keys({ text, parameters }: Condition): Float64Array {
    const sql = `SELECT group_concat(key) AS keys FROM documents WHERE ${text}`;
    const { keys } = this.#reader.prepare(sql).get(...parameters)!;
    return keys === null ? new Float64Array(0) : numbersOf(keys as string);
  }

  /** Which of some keys a condition takes. */
  among(keys: readonly number[], { text, parameters }: Condition): Set<number> {
    const sql = "SELECT key FROM documents " +
      `WHERE key IN (SELECT value FROM json_each(?)) AND (${text})`;
    const rows = this.#reader.prepare(sql).all(JSON.stringify(keys), ...parameters);
    return new Set(rows.map(({ key }) => Number(key)));
  }

  /** Keys and ids of what a condition takes, in the order of writing. */
  list(
    { text, parameters }: Condition,
    limit: number,
    offset: number,
  ): { key: number; id: string }[] {
    const sql = `SELECT key, id FROM documents WHERE ${text} ORDER BY key LIMIT ? OFFSET ?`;
    return this.#reader.prepare(sql).all(...parameters, limit, offset)
      .map(({ key, id }) => ({ key: Number(key), id: id as string }));
  }

  /** Lets go of the file. */
  close(): void {
    for (const connection of [this.#reader, this.#writer]) {
      try {
        connection.close();
      } catch {
        // It is closed.
      }
    }
  }

  #floats(bytes: Uint8Array): Float32Array {
    if (bytes.length !== 4 * this.#dimensions) {
      throw new ClipError(
        "unavailable",
        `The index "${this.path}" is damaged: an embedding has ` +
          `${bytes.length} bytes, and not ${4 * this.#dimensions}. Restore a backup`,
      );
    }
    return new Float32Array(bytes.buffer, bytes.byteOffset, this.#dimensions);
  }
}
