/** The images that the visitor works with: samples, and what was added. */
import { Failure } from "./failure.js";
import { readSample, sampleUrl } from "./samples.js";

/** Larger files are not images that anybody means to embed, and would stall the page. */
const MAX_FILE_BYTES = 64 * 2 ** 20;
/** The page draws every image; more of them are a program's work. */
const MAX_IMAGES = 500;

/** One image. */
export class TrayImage {
  /** @type {Promise<Blob> | undefined} */
  #blob;
  /** Why the server could not read it. */
  failure = "";

  /**
   * @param {string} name unique in the tray
   * @param {string} caption
   * @param {string} src for the page
   * @param {string | null} url for everybody; null for a file of the visitor's
   * @param {() => Promise<Blob>} read
   * @param {number} size bytes; 0 if not known
   */
  constructor(name, caption, src, url, read, size) {
    this.name = name;
    this.caption = caption;
    this.src = src;
    this.url = url;
    this.read = read;
    this.size = size;
  }

  /** Its bytes. */
  blob() {
    return this.#blob ??= this.read();
  }
}

/** All images; fires "change" when they have, and "select" when another one is chosen. */
export class Tray extends EventTarget {
  /** @type {TrayImage[]} */
  images = [];
  /** @type {TrayImage | undefined} */
  selected;

  /**
   * Adds files.
   * @param {Iterable<File>} files
   * @returns {Failure | undefined} what was wrong with some of them
   */
  add(files) {
    /** @type {string[]} */
    const refused = [];
    /** @type {TrayImage | undefined} */
    let first;
    for (const file of files) {
      if (file.size > MAX_FILE_BYTES) refused.push(`${file.name} is larger than 64 MB`);
      else if (file.type !== "" && !file.type.startsWith("image/")) {
        refused.push(`${file.name} is not an image (${file.type})`);
      } else if (this.images.length >= MAX_IMAGES) {
        refused.push(`${file.name} would be more than ${MAX_IMAGES} images`);
      } else {
        const name = this.#unique(file.name || "image.png");
        const src = URL.createObjectURL(file);
        const image = new TrayImage(name, name, src, null, () => Promise.resolve(file), file.size);
        this.images.push(image);
        first ??= image;
      }
    }
    if (first) this.selected = first;
    this.#changed();
    return refused.length === 0
      ? undefined
      : new Failure("Some files were left out", refused.slice(0, 5).join("; "));
  }

  /**
   * Adds samples that are not there yet.
   * @param {{ file: string, caption: string }[]} samples
   */
  addSamples(samples) {
    for (const { file, caption } of samples) {
      if (this.images.some((image) => image.name === file)) continue;
      const url = sampleUrl(file);
      const read = () => readSample(file);
      this.images.push(new TrayImage(file, caption, url, url, read, 0));
    }
    this.#changed();
  }

  /** @param {TrayImage} image */
  remove(image) {
    const at = this.images.indexOf(image);
    if (at < 0) return;
    this.images.splice(at, 1);
    if (image.url === null) URL.revokeObjectURL(image.src);
    if (this.selected === image) this.selected = this.images[Math.min(at, this.images.length - 1)];
    this.#changed();
  }

  clear() {
    for (const { url, src } of this.images) if (url === null) URL.revokeObjectURL(src);
    this.images = [];
    this.selected = undefined;
    this.#changed();
  }

  /** @param {TrayImage} image */
  select(image) {
    if (this.selected === image) return;
    this.selected = image;
    this.dispatchEvent(new Event("select"));
  }

  /** @param {string} name */
  named(name) {
    return this.images.find((image) => image.name === name);
  }

  #changed() {
    if (!this.selected) this.selected = this.images[0];
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} name */
  #unique(name) {
    if (!this.named(name)) return name;
    const dot = name.lastIndexOf(".");
    const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    for (let number = 2;; number++) {
      const next = `${stem}-${number}${end}`;
      if (!this.named(next)) return next;
    }
  }
}
