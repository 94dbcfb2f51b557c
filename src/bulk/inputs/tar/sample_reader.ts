/** Members, grouped into samples. */
import { createHash } from "node:crypto";
import type { InputRow } from "../../row.ts";
import type { Pass } from "../source.ts";
import type { MemberReader } from "./members.ts";
import { Sample, type SampleReading } from "./sample.ts";
import { sampleName } from "./sample_name.ts";

/**
 * Makes rows of members that follow each other and have one name. Samples that are not wanted are
 * passed over: nothing of them is kept.
 */
export class SampleReader implements MemberReader {
  /** Rows that are complete; who takes them empties it. */
  ready: InputRow[] = [];
  readonly #label: string;
  readonly #place: string;
  readonly #pass: Pass;
  readonly #reading: SampleReading;
  readonly #seen = new Set<number>();
  readonly #told: ((sample: Sample) => void) | undefined;
  #sample: Sample | undefined;
  #isWanted = false;
  #member = "";
  #samples = 0;

  /** @param told hears of each sample when it is complete. */
  constructor(
    file: { label: string; place: string },
    pass: Pass,
    reading: SampleReading,
    told?: (sample: Sample) => void,
  ) {
    this.#label = file.label;
    this.#place = file.place;
    this.#pass = pass;
    this.#reading = reading;
    this.#told = told;
  }

  begin(name: string, size: number): boolean {
    const parts = sampleName(name);
    this.#member = parts?.ending ?? "";
    if (parts === undefined) return false;
    const { sample, ending } = parts;
    if (this.#sample?.name !== sample || this.#sample.endings.has(ending)) {
      this.close();
      const part = this.#unique(sample);
      const key = `${this.#label}/${part}`;
      this.#sample = new Sample(sample, key, `${this.#place}/${part}`, this.#reading);
      this.#isWanted = this.#pass(key);
    }
    this.#sample.endings.add(ending);
    return this.#isWanted && this.#sample.wants(ending, size);
  }

  end(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) this.#sample?.keep(this.#member, bytes);
  }

  cut(): void {
    // What is cut may belong to no sample.
    if (this.#member !== "") this.#sample?.cut();
  }

  /** No more members come of the last sample. */
  close(): void {
    if (this.#sample !== undefined) {
      if (this.#isWanted) this.ready.push(this.#sample.row());
      this.#told?.(this.#sample);
    }
    this.#sample = undefined;
  }

  /** A name that comes again is told apart. By digests: a tar file may hold very many. */
  #unique(sample: string): string {
    this.#samples++;
    const digest = createHash("md5").update(sample).digest();
    const short = digest.readUIntBE(0, 6);
    if (!this.#seen.has(short)) {
      this.#seen.add(short);
      return sample;
    }
    return `${sample}#${this.#samples}`;
  }
}
