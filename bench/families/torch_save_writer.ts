/** A `torch.save` archive of a state dict with seeded random float32 values, streamed. */
import { PickleWriter } from "../pickle_writer.ts";
import { nameSeed, normalChunks } from "../random_values.ts";
import { ZipWriter } from "../zip_writer.ts";
import type { PublishedTensor } from "./published_tensors.ts";

const ROOT = "archive";

/** Writes it to `out` (below 4 GiB); the same tensors and seed give the same bytes. */
export function writeTorchSave(
  out: string,
  tensors: readonly PublishedTensor[],
  seed: number,
): void {
  using file = Deno.openSync(out, { write: true, create: true, truncate: true });
  const zip = new ZipWriter(file);
  const pickle = new PickleWriter();
  pickle.beginDict();
  tensors.forEach(({ name, shape, values }, index) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const key = String(index);
    pickle.text(name);
    pickle.tensor({ key, storageClass: "FloatStorage", elements: count, shape });
    const chunks = normalChunks(count, values, "float32", nameSeed(name, seed));
    zip.add(`${ROOT}/data/${key}`, chunks);
  });
  pickle.endDict();
  zip.add(`${ROOT}/data.pkl`, [pickle.finish()]);
  zip.add(`${ROOT}/version`, [new TextEncoder().encode("3\n")]);
  zip.finish();
}
