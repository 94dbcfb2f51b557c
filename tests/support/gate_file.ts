/** A gate that holds the faulty workers of `tests/dispatch/workers/` in the midst of their work. */

/**
 * Texts that begin with `slow` are computed, and images that do are prepared, once the gate is open.
 * One at a time in a process.
 */
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

/** Holds the calling thread until the gate is open. */
export function waitForGate(): void {
  const gate = Deno.env.get("CLIPLINE_TEST_GATE")!;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!isThere(gate)) Atomics.wait(cell, 0, 0, 5);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
