/** Everything that long jobs read, opened: the door of this folder. */
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import type { Input } from "../row.ts";
import { fileSource, type Reading } from "./file_source.ts";
import { formatByContent, formatByEnding } from "./files/format.ts";
import { inputFile, standardInput } from "./files/input_file.ts";
import { ImageList } from "./images/image_list_source.ts";
import { ImageReferences } from "./images/image_references.ts";
import { fingerprintOf, JoinedInput } from "./joined_input.ts";
import type { InputFormat, InputOptions } from "./options.ts";
import { type Argument, readArguments } from "./paths/arguments.ts";
import { chosenFiles } from "./paths/chosen_files.ts";
import type { FilePlace, KnownFile } from "./places/place.ts";
import { Places } from "./places/places.ts";
import type { Source } from "./source.ts";

/**
 * Opens paths as one input, whose rows come in the order of the paths: folders of images, patterns
 * (`shards/*.tar`, `{00000..00012}.tar`), files of every kind, all of them on the disk or in buckets
 * (`s3://bucket/prefix/`), and `-` for standard input. Files in folders and patterns come in the order
 * of their paths.
 *
 * @throws {ClipError} "config" for a path that is not there or holds nothing to read, and for a
 * column that a table does not have.
 */
export async function openInputs(
  paths: readonly string[],
  options: InputOptions = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Input> {
  if (paths.length === 0) throw new ClipError("config", "There is no input: give a path, or -");
  const places = new Places(options.openStores);
  const args = await readArguments(paths, places, signal);
  const opening = new Opening(options, places, args.length === 1, signal);
  for (const argument of args) await opening.add(argument);
  const sources = opening.end();
  const { format, text, image } = options;
  const fingerprint = fingerprintOf(sources, [format ?? "", text ?? "", image ?? ""]);
  return new JoinedInput(paths.join(" "), fingerprint, sources);
}

/** Arguments become sources; images that follow each other are one. */
class Opening {
  readonly #reading: Reading;
  readonly #sources: Source[] = [];
  /** The keys of folders and patterns, where there are several that may hold each other. */
  readonly #keys: Set<string> | undefined;
  #images: { list: ImageList; root: string; prefix: string } | undefined;

  constructor(options: InputOptions, places: Places, isOne: boolean, signal: AbortSignal) {
    this.#reading = { options, references: new ImageReferences(options, places), signal };
    this.#keys = isOne ? undefined : new Set();
  }

  async add(argument: Argument): Promise<void> {
    switch (argument.kind) {
      case "stdin":
        return await this.#addStandardInput();
      case "file":
        return await this.#addFile(argument);
      case "folder":
      case "glob":
        return await this.#addChosen(argument);
    }
  }

  end(): Source[] {
    this.#endImages();
    return this.#sources;
  }

  async #addStandardInput(): Promise<void> {
    const format = this.#reading.options.format ?? "text";
    if (format === "images") {
      throw new ClipError(
        "config",
        "Image files are not read from standard input: give their paths",
      );
    }
    this.#endImages();
    const file = standardInput(this.#reading.options.stdin ?? Deno.stdin.readable);
    this.#sources.push(await fileSource(file, format, this.#reading));
  }

  async #addFile({ place, root, path, label }: Argument & { kind: "file" }): Promise<void> {
    const { options, signal } = this.#reading;
    const format = options.format ?? formatByEnding(path) ??
      await formatByContent(await place.open(path, undefined, signal), path, signal);
    this.#checkNew(label, path);
    const file = { path: label, trouble: undefined, known: undefined };
    await this.#addFound(format, { ...file, place, root, prefix: "" });
  }

  async #addChosen(argument: Argument & { kind: "folder" | "glob" }): Promise<void> {
    const { place, root, prefix, given } = argument;
    const chosen = chosenFiles(argument, this.#reading.options.format, this.#reading.signal);
    try {
      for await (const { format, ...file } of chosen) {
        this.#checkNew(prefix + file.path, place.addresses.join(root, file.path));
        await this.#addFound(format, { ...file, place, root, prefix });
      }
    } catch (thrown) {
      if (thrown instanceof ClipError) throw thrown;
      throw new ClipError("config", `Cannot read '${given}': ${fileTrouble(thrown)}`);
    }
  }

  #checkNew(key: string, place: string): void {
    if (this.#keys?.has(key)) {
      throw new ClipError(
        "config",
        `'${place}' is given twice: by its name, a folder or a pattern`,
      );
    }
    this.#keys?.add(key);
  }

  async #addFound(format: InputFormat, found: FoundFile): Promise<void> {
    const { place, root, prefix, path, known } = found;
    if (format === "images") return this.#addImage(found);
    this.#endImages();
    const { addresses } = place;
    const address = addresses.join(root, path);
    const opened = await place.open(address, known, this.#reading.signal);
    const file = inputFile({
      label: prefix + path,
      place: address,
      folder: addresses.folderOf(address),
      distant: place.distant,
    }, opened);
    this.#sources.push(await fileSource(file, format, this.#reading));
  }

  #addImage({ place, root, prefix, path, trouble }: FoundFile): void {
    let images = this.#images;
    if (images === undefined || images.root !== root || images.prefix !== prefix) {
      this.#endImages();
      this.#images = images = { root, prefix, list: new ImageList(prefix, root, place) };
    }
    images.list.append(path, trouble);
  }

  #endImages(): void {
    if (this.#images !== undefined) {
      this.#sources.push(this.#images.list.source(this.#reading.references));
    }
    this.#images = undefined;
  }
}

interface FoundFile {
  place: FilePlace;
  root: string;
  prefix: string;
  path: string;
  trouble: string | undefined;
  known: KnownFile | undefined;
}
