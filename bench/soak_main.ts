/** The program, with a line a second of what its main thread's heap holds after a collection. */
import { writeFileSync } from "node:fs";

const SAMPLE_MS = 1000;

const path = Deno.env.get("CLIPLINE_SOAK_HEAP")!;
const { gc } = globalThis as unknown as { gc(): void };
const timer = setInterval(() => {
  gc();
  writeFileSync(path, String(Deno.memoryUsage().heapUsed));
}, SAMPLE_MS);
Deno.unrefTimer(timer);
await import("../main.ts");
