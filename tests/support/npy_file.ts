/** NumPy's files, read for their shape and numbers: float32 in rows only. */

/** A matrix. */
export interface NpyFile {
  shape: number[];
  data: Float32Array;
}

/** @throws {Error} if it is no such file. */
export async function readNpyFile(path: string): Promise<NpyFile> {
  const bytes = await Deno.readFile(path);
  const length = new DataView(bytes.buffer).getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + length));
  const shape = /'shape': \(([\d, ]*)\)/.exec(header)?.[1]?.split(",").filter((n) =>
    n.trim() !== ""
  );
  if (!header.includes("'<f4'") || shape === undefined) throw new Error(`${path}: ${header}`);
  return { shape: shape.map(Number), data: new Float32Array(bytes.slice(10 + length).buffer) };
}
