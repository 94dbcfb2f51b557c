/** A gate that holds a replica of `tests/dispatch/workers/faulty_replica.ts` inside a run. */

/** Texts that begin with `slow` are computed once the gate is open. One at a time in a process. */
export class GateFile {
  readonly #folder = Deno.makeTempDirSync();

  constructor() {
    Deno.env.set("CLIPLINE_TEST_GATE", `${this.#folder}/open`);
  }

  /** Lets go of who waits, and of all that come later. */
  open(): void {
    Deno.writeTextFileSync(`${this.#folder}/open`, "");
  }

  [Symbol.dispose](): void {
    this.open();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
