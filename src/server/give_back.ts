/**
 * Memory given back to the system after a rush. What messages held is collected when they are gone,
 * but glibc keeps pieces of the size that sockets are read in (64 KiB) for itself: 1.6 GB after twelve
 * unfinished frames of 200 MiB, until it is told to let go.
 */
import type { HeldBytes } from "../gateway/admission/held_bytes.ts";

/** How often is looked. */
const LOOK_MS = 10_000;

/** What the process must have grown by to be worth it: letting go costs milliseconds. */
const GROWN_BYTES = 128 * 2 ** 20;

/** How often it is tried after a rush. */
const TRIES = 6;

/** There is nothing to be had while messages hold more than this. */
const QUIET_BYTES = 32 * 2 ** 20;

/** Begins to look; the returned function ends that. Elsewhere than with glibc nothing is done. */
export function giveBack(bytes: HeldBytes): () => void {
  if (Deno.build.os !== "linux") return () => {};
  let usual = Deno.memoryUsage().rss;
  let tries = 0;
  const timer = setInterval(async () => {
    const { rss } = Deno.memoryUsage();
    usual = Math.min(usual, rss);
    if (rss < usual + GROWN_BYTES) tries = 0;
    else if (bytes.held <= QUIET_BYTES) {
      await trim();
      // It may not have been collected yet. What stays after some time is in use.
      if (++tries < TRIES) return;
      usual = Deno.memoryUsage().rss;
      tries = 0;
    }
  }, LOOK_MS);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
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
