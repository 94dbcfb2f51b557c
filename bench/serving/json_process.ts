/**
 * A step that stays: a process that reads tasks from standard input, one JSON line each, and answers
 * each with one line.
 */
import { TextLineStream } from "./text_lines.ts";

/** The parent's end. */
export class JsonProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #tail: Promise<unknown> = Promise.resolve();

  /** @param step URL of the step's module, or a command line that does as a step does */
  constructor(step: URL | readonly [string, ...string[]], env: Record<string, string> = {}) {
    const [program, ...args]: readonly [string, ...string[]] = step instanceof URL
      ? [Deno.execPath(), "run", "-A", "--no-check", step.href]
      : step;
    this.#child = new Deno.Command(program, {
      args,
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextLineStream()).getReader();
  }

  /** The process's id. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Has a task done; tasks are done one after the other.
   * @throws {Error} if the process ends instead of answering
   */
  ask<T>(task: unknown): Promise<T> {
    const answer = this.#tail.then(async () => {
      await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(task)}\n`));
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("A process of the bench ended before it answered");
      return JSON.parse(value) as T;
    });
    this.#tail = answer.catch(() => undefined);
    return answer;
  }

  /** Ends it at once, whatever it does: what it is asked fails. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#writer.close().catch(() => undefined);
    await this.#lines.cancel().catch(() => undefined);
    await this.#child.status;
  }
}

/** The child's end: serves tasks until standard input ends. */
export async function serveTasks<T>(serve: (task: T) => Promise<unknown>): Promise<void> {
  const lines = Deno.stdin.readable.pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const answer = await serve(JSON.parse(line) as T);
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
  }
}
