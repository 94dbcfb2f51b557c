/** Threads that keep other cores and the memory busy, as the workers of a loaded server do. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** With fewer cores the threads are not kept away from the server's. */
const CORES_TO_PART = 4;

const STEP = fileURLToPath(new URL("./busy_step.ts", import.meta.url));

/** Running load. */
export class Load {
  readonly #children: Deno.ChildProcess[];
  /** Where it runs, in words. */
  readonly place: string;

  /** Starts so many threads, each in a process of its own. */
  constructor(threads: number) {
    const cores = availableParallelism();
    const apart = cores >= CORES_TO_PART;
    this.place = apart
      ? `on the last ${threads} of ${cores} cores`
      : `on the same ${cores} cores as server and clients: this machine has no others`;
    const run = [Deno.execPath(), "run", "--no-check", STEP];
    this.#children = Array.from({ length: threads }, (_, i) => {
      const pinned = apart ? ["taskset", "--cpu-list", String(cores - 1 - i), ...run] : run;
      const [command, ...args] = pinned as [string, ...string[]];
      return new Deno.Command(command, { args, stdin: "null", stdout: "null" }).spawn();
    });
  }

  /** Ends it. */
  async stop(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await Promise.all(this.#children.map((child) => child.status));
  }
}
