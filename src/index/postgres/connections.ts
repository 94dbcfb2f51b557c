/** Connections to a database: some that wait in a pool, work on them that can be cancelled. */
// @ts-types="@types/pg"
import pg from "pg";
import { ClipError } from "../../errors.ts";
import { type Address, clientConfig } from "./address.ts";
import { EitherSignal } from "./either_signal.ts";
import { isCollision, leavesConnection, requestFault } from "./faults.ts";

/** How long a server may take to cancel what it does, milliseconds. */
const CANCEL_MS = 5000;

/** How often work is done again that met another's. */
const TRIES = 4;

/** A parameter of SQL, as `pg` writes it. */
export type SqlValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly (string | number | null)[];

/** One connection, in the hands of one piece of work. */
export interface Session {
  query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
}

/** Work on a connection. */
export type Work<T> = (session: Session) => Promise<T>;

/** What becomes of work that has begun when its signal fires: it is cancelled either way. */
type Begun = "left behind" | "waited for";

/** What both kinds of clients are. */
type Client = pg.Client & { processID?: number | null };

/** Where a connection comes from and goes to. */
interface Source<C extends Client> {
  connect: () => Promise<C>;
  release: (client: C, broken: boolean) => void | Promise<void>;
}

/** The connections of one index. */
export class Connections {
  readonly #config: pg.ClientConfig;
  readonly #pool: pg.Pool;
  readonly #address: Address;
  /** What is under way, also after whoever asked has left. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(url: string, address: Address, size: number) {
    this.#address = address;
    this.#config = clientConfig(url);
    this.#pool = new pg.Pool({ ...this.#config, max: size, idleTimeoutMillis: 60_000 });
    // A connection that is lost while it waits: the pool lets go of it, the next is a new one.
    this.#pool.on("error", () => {});
  }

  /**
   * Does work on a connection of the pool; work that meets another's is done again.
   * @throws {ClipError} the signal's reason at once; the work is cancelled then.
   */
  async read<T>(work: Work<T>, signal: AbortSignal): Promise<T> {
    try {
      return await this.#collidable(work, signal, "left behind");
    } catch (thrown) {
      throw requestFault(thrown, this.#address);
    }
  }

  /**
   * The same for one statement that writes.
   * @throws {ClipError} the signal's reason only when nothing has been written, or will be.
   */
  async write<T>(work: Work<T>, signal: AbortSignal): Promise<T> {
    try {
      return await this.#collidable(work, signal, "waited for");
    } catch (thrown) {
      throw requestFault(thrown, this.#address);
    }
  }

  /** The same for several statements: all of them are done, or nothing. */
  transaction<T>(work: Work<T>, signal: AbortSignal): Promise<T> {
    return this.write((session) => inTransaction(session, work), signal);
  }

  /** As `transaction`. @throws what `pg` throws. */
  bareTransaction<T>(work: Work<T>, signal: AbortSignal): Promise<T> {
    return this.#collidable((session) => inTransaction(session, work), signal, "left behind");
  }

  /** Does work on a connection of its own, which ends with it. @throws what `pg` throws. */
  alone<T>(work: Work<T>, signal: AbortSignal): Promise<T> {
    const client = new pg.Client(this.#config);
    const connect = async () => {
      await client.connect();
      return client;
    };
    return this.#once({ connect, release: () => client.end() }, work, signal, "waited for");
  }

  /** Cancels what is under way, and resolves when no connection is left. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new ClipError("unavailable", "The index is closed"));
    await Promise.allSettled([...this.#running]);
    await this.#pool.end();
  }

  async #collidable<T>(work: Work<T>, signal: AbortSignal, begun: Begun): Promise<T> {
    const source = { connect: () => this.#pool.connect(), release };
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#once(source, work, signal, begun);
      } catch (thrown) {
        if (attempt === TRIES || !isCollision(thrown)) throw thrown;
      }
    }
  }

  async #once<C extends Client, T>(
    source: Source<C>,
    work: Work<T>,
    signal: AbortSignal,
    begun: Begun,
  ): Promise<T> {
    const either = new EitherSignal(signal, this.#closing.signal);
    const left = either.signal;
    let waitedFor = false;
    const begin: Work<T> = (session) => {
      waitedFor = begun === "waited for";
      return work(session);
    };
    const running = this.#work(source, begin, left);
    this.#running.add(running);
    return await new Promise<T>((resolve, reject) => {
      const leave = () => {
        if (!waitedFor) reject(ClipError.wrap(left.reason, "cancelled"));
      };
      left.addEventListener("abort", leave, { once: true });
      running.finally(() => {
        this.#running.delete(running);
        left.removeEventListener("abort", leave);
        either.letGo();
      }).then(resolve, (thrown) => {
        reject(left.aborted ? ClipError.wrap(left.reason, "cancelled") : thrown);
      });
    });
  }

  async #work<C extends Client, T>(
    { connect, release }: Source<C>,
    work: Work<T>,
    left: AbortSignal,
  ): Promise<T> {
    left.throwIfAborted();
    const client = await connect();
    if (left.aborted) {
      await release(client, false);
      throw left.reason;
    }
    // What is lost while it works fails its query, which says so.
    client.on("error", ignore);
    let cancelling: Promise<void> | undefined;
    let patience: ReturnType<typeof setTimeout> | undefined;
    const cancel = () => {
      cancelling = this.#cancel(client);
      patience = setTimeout(() => client.connection.stream.destroy(), CANCEL_MS);
    };
    left.addEventListener("abort", cancel, { once: true });
    let failed: unknown;
    try {
      return await work(new ClientSession(client, left));
    } catch (thrown) {
      failed = thrown;
      throw thrown;
    } finally {
      left.removeEventListener("abort", cancel);
      clearTimeout(patience);
      await cancelling;
      client.off("error", ignore);
      // Cancelling may come late, to whatever the connection does next: nothing.
      const whole = failed === undefined || leavesConnection(failed);
      await release(client, cancelling !== undefined || !whole);
    }
  }

  /** Ends the query of a client, over another connection. Behind PgBouncer the number is nobody's. */
  async #cancel({ processID }: Client): Promise<void> {
    const other = new pg.Client({ ...this.#config, connectionTimeoutMillis: CANCEL_MS });
    other.on("error", ignore);
    try {
      await other.connect();
      await other.query(
        "select pg_cancel_backend(pid) from pg_stat_activity where pid = $1 " +
          "and usename = current_user and application_name = current_setting('application_name')",
        [processID],
      );
    } catch {
      // A server that cannot be reached has lost the query too.
    } finally {
      await other.end().catch(() => {});
    }
  }
}

class ClientSession implements Session {
  readonly #client: pg.Client;
  readonly #left: AbortSignal;

  constructor(client: pg.Client, left: AbortSignal) {
    this.#client = client;
    this.#left = left;
  }

  async query<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    if (text !== "rollback") this.#left.throwIfAborted();
    const { rows } = await this.#client.query({ text, values: [...values] });
    return rows;
  }
}

/** All of the work is done, or nothing. */
export async function inTransaction<T>(
  session: Session,
  work: Work<T>,
): Promise<T> {
  await session.query("begin");
  try {
    const result = await work(session);
    await session.query("commit");
    return result;
  } catch (thrown) {
    // A connection that is gone has taken the transaction with it.
    await session.query("rollback").catch(ignore);
    throw thrown;
  }
}

/** Gives a connection back to the pool, or ends it if it may be broken. */
function release(client: pg.PoolClient, broken: boolean): void {
  client.release(broken);
}

function ignore(): void {}
