/**
 * The form of the files of profiles: sections of keys.
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files"; what it leaves
 * open as botocore@1.44.8 has it.
 */
import { fileTrouble } from "../../file_trouble.ts";

/** A section: its keys, in small letters; those of an inner list are `s3.addressing_style`. */
export type Section = ReadonlyMap<string, string>;

/** A file's sections by their names: `profile minio`. */
export type Sections = ReadonlyMap<string, Section>;

/** What was read of a file. */
export interface ReadSections {
  sections: Sections;
  /** Why it could not be read, with its name: `'/root/.aws/config': permission denied`. */
  trouble?: string;
  /** There is no such file. */
  absent: boolean;
}

/** Reads a file; where it cannot be read there are no sections. */
export async function readSections(file: string): Promise<ReadSections> {
  try {
    const { isFile, isDirectory, isFifo, isSocket } = await Deno.stat(file);
    // A pipe would be waited for, and is empty when the file is read anew.
    const kind = isDirectory ? "a folder" : isFifo ? "a pipe" : isSocket ? "a socket" : undefined;
    if (kind !== undefined) throw new Error(`it is ${kind}`);
    const text = isFile ? await Deno.readTextFile(file) : "";
    return { sections: parseSections(text), absent: false };
  } catch (thrown) {
    const absent = thrown instanceof Deno.errors.NotFound ||
      thrown instanceof Deno.errors.NotADirectory;
    return { sections: new Map(), trouble: `'${file}': ${fileTrouble(thrown)}`, absent };
  }
}

/** The sections of a text. What is no section and no key is passed over. */
export function parseSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let outer: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const name = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (name !== undefined) {
      const plain = plainName(name);
      section = sections.get(plain) ?? new Map();
      sections.set(plain, section);
      outer = undefined;
      continue;
    }
    const [, indent, key, value] = /^(\s*)([^=]+?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === undefined || key === undefined) continue;
    const lower = key.toLowerCase();
    const plain = value!.replace(/\s+[#;].*$/, "");
    if (indent !== "" && outer !== undefined) section.set(`${outer}.${lower}`, plain);
    else {
      section.set(lower, plain);
      outer = plain === "" ? lower : undefined;
    }
  }
  return sections;
}

/** `profile "my own"` is the profile `my own`. */
function plainName(name: string): string {
  return name.replace(/\s+/g, " ").replace(/^(\S+) (["'])(.*)\2$/, "$1 $3");
}
