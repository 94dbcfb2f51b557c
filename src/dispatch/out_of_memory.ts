/** Which failures of a minibatch mean that the device's memory does not hold it. */
import type { ClipError } from "../errors.ts";

/**
 * In the words of ONNX Runtime's allocators ("Failed to allocate memory for requested buffer",
 * `BFCArena`), CUDA and its libraries (`CUDA_ERROR_OUT_OF_MEMORY`, `CUBLAS_STATUS_ALLOC_FAILED`),
 * Vulkan and Dawn (`VK_ERROR_OUT_OF_DEVICE_MEMORY`, "OutOfMemory"), and C++.
 */
const SIGNS = [
  /out[ _-]?of[ _-]?(device[ _-]?|host[ _-]?)?memory/i,
  /failed to allocate/i,
  /_ALLOC_FAILED/,
  /bad_alloc/,
  /BFCArena/,
  /\bOOM\b/,
];

/** Whether a smaller minibatch may succeed where this one failed. */
export function isOutOfMemory(error: ClipError): boolean {
  return SIGNS.some((sign) => sign.test(error.message));
}
