/** What is fuzzed: a decoder that strangers reach. */

/** One decoder, or one port. */
export interface Target {
  name: string;
  /** Takes one input. What it throws is a finding, unless `expected` knows it. */
  run(input: Uint8Array): unknown;
  /** Whether an error is a way to refuse an input. */
  expected(thrown: unknown): boolean;
  /** Called after every few inputs: throws if others are no longer served. */
  probe?(): Promise<void>;
  close?(): Promise<void>;
}

/** Opens a target when its turn has come. */
export interface TargetMaker {
  name: string;
  open(): Promise<Target> | Target;
}
