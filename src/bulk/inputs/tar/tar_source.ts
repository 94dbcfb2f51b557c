/** Tar files of samples, as img2dataset and WebDataset write them. */
import { ClipError } from "../../../errors.ts";
import { didYouMean } from "../../../flow/suggest.ts";
import type { InputRow } from "../../row.ts";
import type { InputFile } from "../files/input_file.ts";
import type { ImageReferences } from "../images/image_references.ts";
import type { InputOptions } from "../options.ts";
import { type Pass, type Source, sourceOfFile } from "../source.ts";
import { readMembers } from "./members.ts";
import { SampleReader } from "./sample_reader.ts";
import type { Sample } from "./sample.ts";

/** Samples that are looked at before a member or field is said to be in none. */
const PROBED = 16;

/**
 * A tar file. A key is the name that a sample's members have in common.
 * @throws {ClipError} "config" if its first samples have nothing that is asked for.
 */
export async function tarSource(
  file: InputFile,
  options: InputOptions,
  references: ImageReferences,
  signal: AbortSignal,
): Promise<Source> {
  if (file.access !== undefined) await checkNames(file, options, references, signal);
  return sourceOfFile(file, {
    format: "tar",
    container: true,
    rows: (pass, signal) => tarRows(file, options, references, pass, signal),
  });
}

async function* tarRows(
  file: InputFile,
  options: InputOptions,
  references: ImageReferences,
  pass: Pass,
  signal: AbortSignal,
): AsyncGenerator<InputRow> {
  const reader = new SampleReader(file, pass, { options, references, folder: file.folder, signal });
  let fault: unknown;
  try {
    for await (const _ of readMembers(file.bytes(signal), reader)) {
      yield* reader.ready.splice(0);
    }
  } catch (thrown) {
    fault = thrown ?? new Error("it is damaged");
  }
  reader.close();
  yield* reader.ready.splice(0);
  if (fault !== undefined) throw inWords(fault);
}

/** What `--text` and `--image` name is an ending or a field of the first samples. */
async function checkNames(
  file: InputFile,
  options: InputOptions,
  references: ImageReferences,
  signal: AbortSignal,
): Promise<void> {
  const asked = [["--text", options.text], ["--image", options.image]] as const;
  if (asked.every(([, name]) => name === undefined)) return;
  const names = new Set<string>();
  let samples = 0;
  const look = (sample: Sample) => {
    samples++;
    for (const ending of sample.endings) names.add(ending);
    try {
      for (const field of Object.keys(sample.fields())) names.add(field);
    } catch {
      // Its row will say so.
    }
  };
  const reading = { options, references, folder: file.folder, signal };
  const reader = new SampleReader(file, () => true, reading, look);
  try {
    for await (const _ of readMembers(file.bytes(signal), reader)) {
      reader.ready = [];
      if (samples >= PROBED) break;
    }
    reader.close();
  } catch {
    // A damaged file is told of when its rows are read.
    signal.throwIfAborted();
    reader.close();
  }
  if (samples === 0) return;
  for (const [option, name] of asked) {
    if (name === undefined || names.has(name)) continue;
    const listed = [...names].slice(0, 40).map((one) => `'${one}'`).join(", ");
    throw new ClipError(
      "config",
      `'${file.place}' has no members or JSON fields '${name}' (${option})` +
        `${didYouMean(name, names)}\nIts samples have: ${listed}`,
    );
  }
}

function inWords(fault: unknown): unknown {
  const message = fault instanceof Error ? fault.message : "";
  if (/^Unexpected end of data/.test(message)) return new Error("it is cut short");
  return /^Invalid (tar )?header|^Header exceeds/.test(message)
    ? new Error("what follows is no tar header")
    : fault;
}
