/** A gate that holds the faulty workers of `tests/dispatch/workers/` in the midst of their work. */

/**
 * Texts that begin with `slow` are computed, and images that do are prepared, once the gate is open.
 * Workers know theirs by their own address: test files run beside each other in one process, so a
 * variable of the environment would be everybody's.
 */
export class GateFile {
  readonly #folder = Deno.makeTempDirSync();
  readonly #path = `${this.#folder}/open`;

  /** The address of a worker that waits at this gate. */
  before(workerUrl: string): string {
    return `${workerUrl}?${new URLSearchParams({ gate: this.#path })}`;
  }

  /** Lets go of who waits, and of all that come later. */
  open(): void {
    Deno.writeTextFileSync(this.#path, "");
  }

  [Symbol.dispose](): void {
    this.open();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

/** Holds the calling worker until the gate of its address is open. */
export function waitForGate(): void {
  const gate = ownGate();
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!isThere(gate)) Atomics.wait(cell, 0, 0, 5);
}

/** Whether a worker of that name has called this at the calling worker's gate before. */
export function wasHereBefore(name: string): boolean {
  const path = `${ownGate()}-${name}`;
  const before = isThere(path);
  Deno.writeTextFileSync(path, "");
  return before;
}

function ownGate(): string {
  const gate = new URL(self.location.href).searchParams.get("gate");
  if (gate === null) throw new Error("this worker was started without a gate");
  return gate;
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
