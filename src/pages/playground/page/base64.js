/** Files as text. */
import { Failure } from "./failure.js";

/**
 * The bytes of a file in base64.
 * @param {Blob} blob
 * @returns {Promise<string>}
 * @throws {Failure} if it cannot be read
 */
export function toBase64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () =>
      reject(new Failure("A file cannot be read", reader.error?.message ?? "", "Was it moved?"));
    reader.readAsDataURL(blob);
  });
}
