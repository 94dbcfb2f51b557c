/**
 * Memory given back to the system after a rush. Two keep what messages held. V8 collects buffers only
 * when there is more to allocate, and after a rush there is not: 1 GB after twelve unfinished frames
 * stays for minutes. And glibc keeps pieces of the size that sockets are read in (64 KiB) until it is
 * told to let go.
 */
import type { HeldBytes } from "../gateway/admission/held_bytes.ts";

/** How often is looked. */
const LOOK_MS = 2_000;

/** What the process must have grown by to be worth it: letting go costs milliseconds. */
const GROWN_BYTES = 128 * 2 ** 20;

/** How often it is tried after a rush. */
const TRIES = 6;

/** There is nothing to be had while messages hold more than this. */
const QUIET_BYTES = 32 * 2 ** 20;

/** Buffers that are pretended to be needed: memory of zeros, which the system does not give yet. */
const PRESSURE_BYTES = 64 * 2 ** 20;
const PRESSURE_STEPS = 16;
const PRESSURE_STEP_MS = 50;

/** Begins to look; the returned function ends that. Elsewhere than with glibc nothing is done. */
export function giveBack(bytes: HeldBytes): () => void {
  if (Deno.build.os !== "linux") return () => {};
  let usual = Deno.memoryUsage().rss;
  let tries = 0;
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    const { rss } = Deno.memoryUsage();
    usual = Math.min(usual, rss);
    if (rss < usual + GROWN_BYTES) tries = 0;
    else if (bytes.held <= QUIET_BYTES) {
      busy = true;
      try {
        await collectBuffers();
        await trim();
      } catch {
        // No memory is to be had for the pressure: it is made another time.
      } finally {
        busy = false;
      }
      // What is in use now may be free the next time. What stays after some time is in use.
      if (++tries < TRIES) return;
      usual = Deno.memoryUsage().rss;
      tries = 0;
    }
  }, LOOK_MS);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}

/**
 * Makes V8 collect what nobody uses any more, buffers and large strings, in its own small steps: it
 * does so when more and more buffers are asked for. Ends as soon as there is less.
 */
async function collectBuffers(): Promise<void> {
  const asked: ArrayBuffer[] = [];
  const others = () => {
    const { external, heapUsed } = Deno.memoryUsage();
    return external + heapUsed - asked.length * PRESSURE_BYTES;
  };
  const most = others() - GROWN_BYTES;
  while (most > 0 && asked.length < PRESSURE_STEPS && others() > most) {
    asked.push(new ArrayBuffer(PRESSURE_BYTES));
    await new Promise<void>((resolve) => Deno.unrefTimer(setTimeout(resolve, PRESSURE_STEP_MS)));
  }
}

/** `malloc_trim`, beside the event loop. */
async function trim(): Promise<void> {
  try {
    const libc = Deno.dlopen("libc.so.6", {
      malloc_trim: { parameters: ["usize"], result: "i32", nonblocking: true },
    });
    await libc.symbols.malloc_trim(0n);
    libc.close();
  } catch {
    // Another C library, or not allowed to call it.
  }
}
