/** The program as a process of its own. */
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** How a program is started. */
export interface ProgramOptions {
  env?: Record<string, string>;
  stdin?: string;
  /** Deno's flags, for a program that has fewer rights than all. */
  permissions?: string[];
  /** All words of Deno's command line up to `main.ts`, in place of our own. */
  words?: string[];
  /** What is run in place of Deno, with `words`. */
  program?: string;
  cwd?: string;
}

/** A running program whose output is kept. */
export class Program {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<void>;
  readonly #stderr: Promise<void>;
  readonly #watchers = new Set<() => void>();
  #isOver = false;
  stdout = "";
  stderr = "";

  /** @param args words of the command line. */
  constructor(args: string[], options: ProgramOptions = {}) {
    const words = options.words ??
      ["run", ...options.permissions ?? ["-A"], "--no-check", MAIN];
    this.#child = new Deno.Command(options.program ?? Deno.execPath(), {
      args: [...words, ...args],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { NO_COLOR: "1", ...options.env },
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#child.status.then(() => this.#isOver = true);
    if (options.stdin !== undefined) {
      const writer = this.#child.stdin.getWriter();
      writer.write(new TextEncoder().encode(options.stdin)).then(() => writer.close());
    }
    this.#stdout = this.#collect(this.#child.stdout, (text) => this.stdout += text);
    this.#stderr = this.#collect(this.#child.stderr, (text) => this.stderr += text);
  }

  /** Resolves with the match once standard output holds it; throws if the program ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#said(() => this.stdout, pattern);
  }

  /** The same for standard error, where the log goes. */
  logged(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#said(() => this.stderr, pattern);
  }

  async #said(output: () => string, pattern: RegExp): Promise<RegExpExecArray> {
    let ended = false;
    this.ended().then(() => {
      ended = true;
      for (const watcher of this.#watchers) watcher();
    });
    while (true) {
      const match = pattern.exec(output());
      if (match) return match;
      if (ended) throw new Error(`The program ended: ${this.stdout}\n${this.stderr}`);
      await new Promise<void>((resolve) => {
        const watcher = () => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
    }
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends a signal; nothing to one that has ended, which nobody can know before. */
  kill(signal: Deno.Signal): void {
    if (!this.#isOver) this.#child.kill(signal);
  }

  /** Resolves with the exit code when all output has been read. */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await Promise.all([this.#stdout, this.#stderr]);
    return code;
  }

  async #collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      take(decoder.decode(chunk, { stream: true }));
      for (const watcher of this.#watchers) watcher();
    }
  }
}
