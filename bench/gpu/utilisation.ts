/** How busy NVIDIA's GPUs are while something is measured, by nvidia-smi. */

/** Mean over the time, and the most memory; `undefined` where there is no nvidia-smi. */
export interface Utilisation {
  /** Percent of the time in which some kernel ran, the busiest GPU. */
  busy: number;
  /** MiB in use, all GPUs together. */
  memoryMiB: number;
}

const SAMPLE_MS = 200;

/** Runs `body` and watches meanwhile. */
export async function whileWatching<T>(
  body: () => Promise<T>,
): Promise<{ result: T; gpu: Utilisation | undefined }> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("nvidia-smi", {
      args: [
        "--query-gpu=index,utilization.gpu,memory.used",
        "--format=csv,noheader,nounits",
        `--loop-ms=${SAMPLE_MS}`,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch {
    return { result: await body(), gpu: undefined };
  }
  const text = new Response(child.stdout).text();
  try {
    const result = await body();
    await end(child);
    return { result, gpu: summarize(await text) };
  } finally {
    await end(child);
  }
}

async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended already.
  }
  await child.status;
}

/** Reads nvidia-smi's lines, `index, percent, MiB`. */
export function summarize(text: string): Utilisation | undefined {
  const busy = new Map<string, number[]>();
  const memory = new Map<string, number>();
  for (const line of text.trim().split("\n")) {
    const [index, percent, mib] = line.split(",").map((field) => field.trim());
    if (index === undefined || !/^\d+$/.test(percent ?? "")) continue;
    busy.set(index, [...busy.get(index) ?? [], Number(percent)]);
    memory.set(index, Math.max(memory.get(index) ?? 0, Number(mib)));
  }
  if (busy.size === 0) return undefined;
  const means = [...busy.values()].map((all) =>
    all.reduce((sum, one) => sum + one, 0) / all.length
  );
  return {
    busy: Math.round(Math.max(...means)),
    memoryMiB: [...memory.values()].reduce((sum, one) => sum + one, 0),
  };
}
