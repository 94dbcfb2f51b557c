/**
 * An index in its folder: the database, and beside it in memory what finds quickly. Opening, and
 * opening again after a fault of the disk.
 */
import { join } from "node:path";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import type { IndexShape } from "../engine.ts";
import { DATABASE_FILE, exists, tidyBackups } from "./backups.ts";
import { FEW } from "./candidates.ts";
import { Database } from "./database.ts";
import { databaseTrouble, isLasting } from "./database_trouble.ts";
import type { IndexSpec } from "./messages.ts";
import { readSnapshot, type Snapshot, writeSnapshot } from "./snapshots.ts";
import type { StepClock, Steps } from "./steps.ts";
import { Vectors } from "./vectors.ts";

/** Vectors that are read from the database at a time. */
const READ_AT_ONCE = 1024;

/** An index of fewer new vectors than this opens as quickly without a snapshot of them. */
const LEAST_UNSAVED = 1000;

/** New vectors after which a snapshot is taken, and as a share of all. */
const [MOST_UNSAVED, MOST_UNSAVED_SHARE] = [10_000, 0.1];

/** An index that is open, or is to be opened again. */
export class Store {
  readonly folder: string;
  readonly shape: IndexShape;
  readonly vectors: Vectors;
  readonly #spec: IndexSpec;
  readonly #clock: StepClock;
  #database: Database | undefined;
  #snapshot: Snapshot | undefined;
  /** Vectors that came into the graph, or left it, since the snapshot. */
  #unsaved = 0;
  #fromSnapshot = false;

  /** @throws {ClipError} "config", "unavailable". */
  constructor(spec: IndexSpec, threads: number, clock: StepClock) {
    this.#spec = spec;
    this.#clock = clock;
    this.folder = spec.folder;
    this.shape = spec.shape;
    this.vectors = new Vectors(spec.shape, spec.graph, threads, clock);
    this.#attempt(() => tidyBackups(this.folder));
    this.#open();
  }

  get databasePath(): string {
    return join(this.folder, DATABASE_FILE);
  }

  /** A path for small files of the moment. */
  get scratch(): string {
    return join(this.folder, "graph-0.usearch.part");
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /**
   * Whether the graph is built anew, because no snapshot could be used, and searches wait for it: of
   * fewer documents all are looked at in any case.
   */
  get wasBuilt(): boolean {
    return !this.#fromSnapshot && this.vectors.size > FEW;
  }

  /** The database, opened again if it had to be given up. @throws {ClipError}. */
  get database(): Database {
    if (this.#database === undefined) {
      if (!exists(this.databasePath)) {
        throw new ClipError(
          "unavailable",
          `The index "${this.databasePath}" is no longer there: put it back, or start the server ` +
            "again to begin a new one",
        );
      }
      this.#open();
    }
    return this.#database!;
  }

  /** The database, if its file is still the one at its place. @throws {ClipError}. */
  get writable(): Database {
    if (!this.database.isInPlace) this.giveUp();
    return this.database;
  }

  /** A fault, as those who asked are told it. */
  trouble(thrown: unknown): ClipError {
    if (isLasting(thrown)) this.giveUp();
    return databaseTrouble(thrown, this.databasePath);
  }

  /** Counts vectors that came into the graph or left it. */
  changed(count: number): void {
    this.#unsaved += count;
  }

  /** Whether a snapshot is due. */
  get snapshotDue(): boolean {
    return this.#unsaved >= Math.max(MOST_UNSAVED, MOST_UNSAVED_SHARE * this.vectors.graph.size);
  }

  /** Whether a snapshot makes the next opening quicker. */
  get snapshotWorthwhile(): boolean {
    return this.#unsaved >= LEAST_UNSAVED;
  }

  /** Takes a snapshot. @throws {ClipError}. */
  *takeSnapshot(): Steps<void> {
    const { database } = this;
    // Also if it fails: it is tried again when as much is new again.
    this.#unsaved = 0;
    try {
      this.#snapshot = yield* writeSnapshot(
        this.folder,
        database,
        this.vectors,
        this.#spec.graph,
        this.#clock,
      );
    } catch (thrown) {
      throw new ClipError(
        "unavailable",
        `The graph of the index cannot be saved in "${this.folder}" (${fileTrouble(thrown)}): ` +
          "look whether the disk is full. Nothing is lost, but the next start takes longer",
        { cause: thrown },
      );
    }
  }

  /** What is in memory is empty, as the database is. */
  forget(): void {
    this.vectors.clear(this.scratch);
    this.#snapshot = undefined;
    this.#unsaved = 0;
  }

  /** Lets go of the database, until it is needed again. */
  giveUp(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): void {
    this.#attempt(() => {
      const database = new Database(this.databasePath, this.shape);
      try {
        this.forget();
        this.#snapshot = readSnapshot(
          this.folder,
          database,
          this.vectors,
          this.#spec.graph,
          this.#clock,
        );
        this.#fromSnapshot = this.#snapshot !== undefined;
        this.#catchUp(database, this.#snapshot?.highest ?? 0);
      } catch (error) {
        database.close();
        throw error;
      }
      this.#database = database;
    });
  }

  /** Takes in what was written after a key. */
  #catchUp(database: Database, after: number): void {
    for (;;) {
      const rows = database.embeddingsAfter(after, READ_AT_ONCE);
      for (const { key, embedding } of rows) this.vectors.add(key, embedding, 0);
      if (rows.length < READ_AT_ONCE) return;
      after = rows.at(-1)!.key;
    }
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      throw databaseTrouble(thrown, this.databasePath);
    }
  }
}
