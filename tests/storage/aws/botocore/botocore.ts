/** AWS's own library for Python, asked what it makes of an environment: ours is to make the same. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../../../support/python_environment.ts";

/** What is asked: the URL of an object, the credentials, or the words of a command line. */
export type Question =
  & { env: Record<string, string> }
  & (
    | { ask: "address"; bucket: string; key: string }
    | { ask: "credentials" }
    | { ask: "words"; line: string }
  );

/** What it says. */
export type Answer = { value: unknown } | { error: string };

/** One process of it. */
export class Botocore implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start(): Promise<Botocore> {
    const python = await pythonEnvironment(new URL("requirements.txt", import.meta.url));
    const program = fileURLToPath(new URL("ask_botocore.py", import.meta.url));
    return new Botocore(spawn(python, [program], { stdio: ["pipe", "pipe", "inherit"] }));
  }

  async ask(question: Question): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value } = await this.#lines.next();
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin.end();
    await ended;
  }
}
