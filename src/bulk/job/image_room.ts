/** How many images are read at a time, so that those that are held stay within a bound. */

/** Images that are read at a time; of a distant input as many as there are rows on their way. */
const READS = 16;

/** Bytes of images that are held, about: the `READS` that are being read come on top. */
const MOST_BYTES = 128 << 20;

/** What an image is taken for before the first is there, bytes. */
const USUAL_IMAGE_BYTES = 256 << 10;

/** How much the last image counts in the mean of their sizes. */
const NEW_WEIGHT = 1 / 16;

/** Counts them. */
export class ImageRoom {
  readonly #most: number;
  #reading = 0;
  #read = 0;
  #heldBytes = 0;
  /** What an image has, bytes: a mean of those that came, the last ones counting most. */
  #meanBytes = USUAL_IMAGE_BYTES;

  /** @param rows on their way, if the input is distant: images are waited for there. */
  constructor(rows: number | undefined) {
    this.#most = Math.max(rows ?? READS, READS);
  }

  /** Images that are being read. */
  get reading(): number {
    return this.#reading;
  }

  /** Whether no more are held for now. */
  get full(): boolean {
    return this.#heldBytes >= MOST_BYTES;
  }

  /** Whether one more may be read. */
  get free(): boolean {
    // How large they are is seen of the first ones.
    if (this.#reading >= Math.min(this.#most, READS + this.#read)) return false;
    const beyond = Math.max(0, this.#reading + 1 - READS) * this.#meanBytes;
    return this.#heldBytes + beyond < MOST_BYTES;
  }

  /** One is read from now on. */
  begin(): void {
    this.#reading++;
  }

  /** It is there, and held. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#read++;
    this.#meanBytes += (bytes - this.#meanBytes) * NEW_WEIGHT;
  }

  /** It is not read any more, whatever came of it. */
  end(): void {
    this.#reading--;
  }

  /** One that was held is not. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
