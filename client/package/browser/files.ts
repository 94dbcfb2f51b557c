/** Pages have no files by their path. */

/** @throws always. */
export function readImageFile(): Promise<Uint8Array> {
  return Promise.reject(new Error("a page cannot read files by their path: give it as a File"));
}
