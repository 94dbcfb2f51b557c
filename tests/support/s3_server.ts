/** An S3 server of a test's own: Versity's gateway on a folder, with keys that it checks. */
import { AwsV4Signer } from "aws4fetch";
import { join } from "node:path";
import type { Environment } from "../../src/storage/aws/environment.ts";
import { goProgram } from "./go_program.ts";
import { ownPort } from "./own_port.ts";
import { until } from "./until.ts";

const PROGRAM = "github.com/versity/versitygw/cmd/versitygw@v1.8.0";

const KEY = "clipline-tests";
const SECRET = "a secret of tests/with+signs";
const REGION = "us-east-1";

/** Under this domain, which nobody finds, buckets are in the host's name. */
export const VIRTUAL_DOMAIN = "s3.test";

/** A running server. */
export class S3Server implements AsyncDisposable {
  readonly port: number;
  readonly #hostname: string;
  readonly #folder: string;
  readonly #program: string;
  #child: Deno.ChildProcess | undefined;

  private constructor(program: string, folder: string, hostname: string, port: number) {
    this.#hostname = hostname;
    this.#program = program;
    this.#folder = folder;
    this.port = port;
  }

  /**
   * Starts one on loopback, with some buckets, in a moment; the first of a machine builds it, in a
   * minute or two.
   */
  static start(...buckets: string[]): Promise<S3Server> {
    return S3Server.startOn("127.0.0.1", ...buckets);
  }

  /** The same on another address of this machine. */
  static async startOn(hostname: string, ...buckets: string[]): Promise<S3Server> {
    const program = await goProgram(PROGRAM);
    const folder = await Deno.makeTempDir({ prefix: "clipline_s3_" });
    const server = new S3Server(program, folder, hostname, await ownPort());
    for (const bucket of buckets) await Deno.mkdir(server.folderOf(bucket), { recursive: true });
    await Deno.mkdir(join(folder, "facts"));
    await server.startAgain();
    return server;
  }

  /** Its address. */
  get url(): string {
    return `http://${this.#hostname}:${this.port}`;
  }

  /** The variables that a program needs to use it, and that keep it from looking elsewhere. */
  get variables(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    };
  }

  /** The same for code in this process; `changed` goes before, `undefined` takes one away. */
  environment(changed: Record<string, string | undefined> = {}): Environment {
    const all: Record<string, string | undefined> = { ...this.variables, ...changed };
    return (name) => all[name];
  }

  /** The folder in which the objects of a bucket lie as files. */
  folderOf(bucket: string): string {
    return join(this.#folder, "buckets", bucket);
  }

  /** Starts it on what is there, and resolves when it answers. */
  async startAgain(): Promise<void> {
    await until(() => this.#startOnce(), (ready) => ready);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
    await child?.status;
  }

  /** Asks it as its root, for what the store's own code does not do. */
  async ask(
    method: string,
    path: string,
    body?: string,
  ): Promise<{ status: number; text: string }> {
    const url = `${this.url}${path}`;
    const keys = { accessKeyId: KEY, secretAccessKey: SECRET, region: REGION };
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const signed = await new AwsV4Signer({ method, url, headers, service: "s3", ...keys }).sign();
    const response = await fetch(url, {
      method,
      headers: signed.headers,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, text: await response.text() };
  }

  /** Ends it, and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** @returns whether it answers, or has ended: somebody took the port. */
  async #startOnce(): Promise<boolean> {
    const child = new Deno.Command(this.#program, {
      args: [
        ...[
          "--port",
          `${this.#hostname}:${this.port}`,
          "--virtual-domain",
          VIRTUAL_DOMAIN,
          "--region",
          REGION,
          "--keep-alive",
          "--quiet",
        ],
        // Facts in files beside: not every file system of /tmp keeps attributes.
        ...["posix", "--sidecar", join(this.#folder, "facts"), join(this.#folder, "buckets")],
      ],
      env: { ROOT_ACCESS_KEY_ID: KEY, ROOT_SECRET_ACCESS_KEY: SECRET },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ended = false;
    child.status.then(() => ended = true);
    while (!ended) {
      const answer = await fetch(this.url).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.headers.get("server") !== "VERSITYGW") continue;
      this.#child = child;
      return true;
    }
    return false;
  }
}
