/** The demonstration server as `deno task demo` starts it, on ports that the system chooses. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "../support/process.ts";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The flags of a task of `deno.json`, and the words behind `main.ts`. */
export function taskWords(task: string): { permissions: string[]; args: string[] } {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const words: string[] = tasks[task].split(" ");
  assert.deepEqual(words.slice(0, 3), ["DENO_NO_UPDATE_CHECK=1", "deno", "run"]);
  const main = words.indexOf("main.ts");
  return { permissions: words.slice(3, main), args: words.slice(main + 1) };
}

/** To start it otherwise than the task does. */
export interface DemoOptions {
  /** A copy of the project; default this one. */
  cwd?: string;
  /** Words of Deno's command line up to `main.ts`, which is relative to `cwd`. */
  words?: string[];
  /** Another built-in flow with the same model and ports. */
  flow?: string;
  env?: Record<string, string>;
}

/** A running demonstration server; `await using` stops it and takes its files away. */
export class DemoProgram {
  readonly #program: Program;
  readonly #folder: string;
  /** By scheme: `grpc`, `http`, `ws`. */
  readonly ports: ReadonlyMap<string, number>;

  private constructor(program: Program, folder: string, ports: Map<string, number>) {
    this.#program = program;
    this.#folder = folder;
    this.ports = ports;
  }

  /** Starts it, with the rights that the task has; resolves when it is ready. */
  static async start(options: DemoOptions = {}): Promise<DemoProgram> {
    const { permissions, args } = taskWords("demo");
    assert.deepEqual(args, ["demo-flow.yml"]);
    const root = options.cwd ?? ROOT;
    const folder = await Deno.makeTempDir({ prefix: "clipline-demo-" });
    const flow = (await Deno.readTextFile(join(root, "flows", options.flow ?? args[0]!)))
      .replace(/port: \[[\d, ]+\]/, "port: [0, 0, 0]")
      .replace("../models/", join(root, "models/"));
    const path = join(folder, "demo-flow.yml");
    await Deno.writeTextFile(path, flow);
    const program = options.words
      ? new Program([path], { ...options, words: options.words })
      : new Program([path], { permissions, env: { CLIPLINE_CACHE: join(folder, "cache") } });
    try {
      await program.printed(/is ready[\s\S]*Try it/);
    } catch (thrown) {
      await Deno.remove(folder, { recursive: true });
      throw thrown;
    }
    const rows = program.stdout.matchAll(/ (grpc|http|ws) +\1:\/\/127\.0\.0\.1:(\d+)/g);
    const ports = new Map([...rows].map(([, scheme, port]) => [scheme!, Number(port)]));
    return new DemoProgram(program, folder, ports);
  }

  /** A text with the ports of `demo-flow.yml` replaced by the real ones. */
  withPorts(text: string): string {
    return text.replaceAll("ws://127.0.0.1:51001", `ws://127.0.0.1:${this.ports.get("ws")}`)
      .replaceAll("51000", String(this.ports.get("grpc")))
      .replaceAll("51001", String(this.ports.get("http")));
  }

  /** Stops it as a user does; its exit code must be 0. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#program.kill("SIGTERM");
    const code = await this.#program.ended();
    await Deno.remove(this.#folder, { recursive: true });
    assert.equal(code, 0, this.#program.stderr);
  }
}
