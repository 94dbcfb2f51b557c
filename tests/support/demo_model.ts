/** The demo model's checkpoint in memory, to be changed and written somewhere else. */
import { gunzipSync } from "node:zlib";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../models/demo/", import.meta.url));

/** A tensor of the file as its header describes it. */
interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** A copy of the demo model. */
export interface DemoModel {
  /** The bytes of a tensor's values (float16); writing into them changes the copy. */
  view(tensor: string): Uint8Array;
  /** Writes the copy and its configs into a new directory; the directory. */
  write(directory: string): Promise<string>;
}

/** Reads the demo model. */
export async function demoModel(): Promise<DemoModel> {
  const bytes = new Uint8Array(
    gunzipSync(await Deno.readFile(join(FOLDER, "model.safetensors.gz"))),
  );
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
    string,
    Entry
  >;
  return {
    view(tensor) {
      const [start, end] = header[tensor]!.data_offsets;
      return bytes.subarray(8 + length + start, 8 + length + end);
    },
    async write(directory) {
      await Deno.mkdir(directory, { recursive: true });
      await Deno.writeFile(join(directory, "model.safetensors"), bytes);
      for (const name of ["config.json", "preprocessor_config.json"]) {
        await Deno.copyFile(join(FOLDER, name), join(directory, name));
      }
      return directory;
    },
  };
}
