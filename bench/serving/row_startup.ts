/** Row 7: the start and the memory of the server over those of a process with the bare sessions. */
import { median } from "../embedding.ts";
import type { BareAnswer } from "./bare_step.ts";
import { allAnswered, type BenchContext, type Line } from "./context.ts";
import { JsonProcess } from "./json_process.ts";

/** Row 7. */
export async function startup(context: BenchContext): Promise<Line[]> {
  const ratios: number[] = [];
  const memories: number[] = [];
  let [startMs, openMs, resident, bareResident] = [0, 0, 0, 0];
  for (let i = 0; i < context.durations.repeats; i++) {
    const bare = new JsonProcess(new URL("./bare_step.ts", import.meta.url));
    const ask = (task: unknown) => bare.ask<BareAnswer>(task);
    ({ openMs } = await ask(context.opening));
    const run = { do: "run", batch: 32, from: 0, seconds: 0.1 };
    await ask({ ...run, modality: "text" });
    ({ residentMiB: bareResident } = await ask({ ...run, modality: "image" }));
    await bare.close();

    const server = await context.serve();
    startMs = server.startMs;
    const [protocol] = context.protocols;
    for (const modality of ["text", "image"] as const) {
      allAnswered(
        await context.clients({
          protocol: protocol!,
          address: server.addresses[protocol!]!,
          streams: [{ modality, batch: 64, clients: 1 }],
          seconds: 0.1,
          finish: true,
        }),
      );
    }
    ({ resident } = server.memory());
    await server.stop();
    ratios.push(startMs / openMs);
    memories.push(resident / bareResident);
  }
  return [
    {
      row: 7,
      what: "start to ready over a process that opens the bare sessions",
      ratio: median(ratios),
      target: "≤ 1.6",
      detail: `last: ${startMs.toFixed(0)} ms over ${openMs.toFixed(0)} ms`,
    },
    {
      row: 7,
      what: "resident memory after minibatches of 32 texts and images",
      ratio: median(memories),
      target: "",
      detail: `last: ${resident} MiB over ${bareResident} MiB`,
    },
  ];
}
