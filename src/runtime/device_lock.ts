/**
 * One session at a time on a device that all sessions of the process share.
 *
 * onnxruntime-node 1.30 has one WebGPU context for the whole process and does not guard it: two
 * threads that open or run sessions at the same time end the process with a segmentation fault
 * (seen with SwiftShader, every time). CPU, CUDA and TensorRT sessions do not share such a thing.
 */

const FREE = 0;

/** Memory of a lock, to be handed to other threads. */
export type LockMemory = SharedArrayBuffer;

/** Makes the memory of a lock that is free. */
export function makeLockMemory(): LockMemory {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

let webgpu: LockMemory | undefined;

/** The lock of this process's WebGPU context; call it on the main thread alone. */
export function webgpuLockMemory(): LockMemory {
  return webgpu ??= makeLockMemory();
}

/** A mutex across threads, held in the name of an owner. Waiting blocks the thread. */
export class DeviceLock {
  readonly #word: Int32Array;
  readonly #owner: number;

  /** @param owner unique in the process, not 0. Threads that share an owner may not overlap. */
  constructor(memory: LockMemory, owner: number) {
    if (!Number.isInteger(owner) || owner === FREE) {
      throw new RangeError(`The owner of a lock must be a whole number, not 0: got ${owner}`);
    }
    this.#word = new Int32Array(memory);
    this.#owner = owner;
  }

  /** Runs `body` with the lock held. */
  async hold<T>(body: () => Promise<T>): Promise<T> {
    for (;;) {
      const holder = Atomics.compareExchange(this.#word, 0, FREE, this.#owner);
      if (holder === FREE) break;
      Atomics.wait(this.#word, 0, holder);
    }
    try {
      return await body();
    } finally {
      this.release();
    }
  }

  /**
   * Lets go of the lock if this owner holds it. Also called for an owner that is dead: a worker
   * that was ended inside `run()` cannot do it any more.
   */
  release(): void {
    if (Atomics.compareExchange(this.#word, 0, this.#owner, FREE) === this.#owner) {
      Atomics.notify(this.#word, 0, 1);
    }
  }
}
