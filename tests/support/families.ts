/** The fixture models of each family, and what its own library computed for them. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { readNpy, type Reference } from "../graph/reference.ts";

/** The folder of the fixtures; MANIFEST.md there says how each was made. */
export const FAMILIES = fileURLToPath(new URL("../fixtures/families/", import.meta.url));

/** Path of a fixture, e.g. `siglip` or `chinese-clip/hf`. */
export function familyPath(path: string): string {
  return join(FAMILIES, path);
}

/** Reads the reference of `family`; some have several, told apart by a prefix. */
export function readFamilyReference(family: string, prefix = ""): Reference {
  const read = (name: string) =>
    readNpy(new URL(`${family}/reference/${name}.npy`, `file://${FAMILIES}`));
  const either = (name: string) => {
    try {
      return read(`${prefix}${name}`);
    } catch {
      return read(name);
    }
  };
  const [tokens, texts] = [either("input_ids"), either("text_embeds")];
  const [pixels, images] = [either("pixels"), either("image_embeds")];
  return {
    ids: Int32Array.from(new BigInt64Array(tokens.bytes), Number),
    textCount: tokens.shape[0]!,
    textEmbeds: new Float32Array(texts.bytes),
    pixels: new Float32Array(pixels.bytes),
    imageCount: pixels.shape[0]!,
    imageEmbeds: new Float32Array(images.bytes),
  };
}

/** The texts that the reference was made of. */
export function familyTexts(family: string): string[] {
  const path = join(FAMILIES, family, "reference/reference.json");
  return JSON.parse(Deno.readTextFileSync(path)).texts;
}

/** The six pictures of every family, in the order of the references. */
export function familyImages(): { name: string; bytes: Uint8Array }[] {
  const names = [...Deno.readDirSync(join(FAMILIES, "images"))].map(({ name }) => name).sort();
  return names.map((name) => ({ name, bytes: Deno.readFileSync(join(FAMILIES, "images", name)) }));
}

/** Unpacks `family/name.tar.gz` into a folder of its own, which `body` is given. */
export async function withUnpacked<T>(
  archive: string,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  const tar = new Uint8Array(gunzipSync(Deno.readFileSync(join(FAMILIES, archive))));
  return await withFiles(untar(tar), body);
}

/** Writes files (path -> content) into a folder of their own, which `body` is given. */
export async function withFiles<T>(
  files: Iterable<readonly [string, Uint8Array]>,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "clipline-family-" });
  try {
    for (const [name, content] of files) {
      Deno.mkdirSync(dirname(join(folder, name)), { recursive: true });
      Deno.writeFileSync(join(folder, name), content);
    }
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** POSIX ustar: blocks of 512 bytes, names and octal sizes in the headers. */
export function untar(tar: Uint8Array<ArrayBuffer>): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const text = (at: number, length: number) =>
    new TextDecoder().decode(tar.subarray(at, at + length)).replace(/\0.*$/s, "");
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const size = parseInt(text(at + 124, 12), 8);
    const isFile = text(at + 156, 1) !== "5";
    if (isFile) files.set(text(at, 100), tar.slice(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
