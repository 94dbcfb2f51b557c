/** Browsers speak no gRPC. */
import { ClipClientError } from "../../errors.ts";

/** @throws {ClipClientError} usage, always. */
export function openGrpc(): Promise<never> {
  return Promise.reject(
    new ClipClientError("usage", "Browsers speak no gRPC: use http://, https://, ws:// or wss://"),
  );
}
