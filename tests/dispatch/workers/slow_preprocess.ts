/**
 * A preprocessing worker that refuses each image with the first byte of its file, in turn; one of
 * more than eight million pixels it keeps until the test's gate is open. For tests only.
 */
/// <reference lib="deno.worker" />
import { decodeCost } from "../../../src/model/image/decode_cost.ts";
import type { FromPreprocess, ToPreprocess } from "../../../workers/messages.ts";
import { waitForGate } from "../../support/gate_file.ts";

const reply = self.postMessage.bind(self) as (message: FromPreprocess) => void;

self.onmessage = ({ data: message }: MessageEvent<ToPreprocess>) => {
  if (message.type === "open") return reply({ type: "ready" });
  if (message.type !== "image" || !(message.image instanceof Uint8Array)) {
    throw new Error("only image files");
  }
  const { pixels } = decodeCost(message.image, { maxBytes: 1e9, maxPixels: 1e9 });
  if (pixels > 8_000_000) waitForGate();
  const error = { name: "OSError", kind: "document" as const, message: "done" };
  reply({ type: "prepared", task: message.task, lengths: [0], errors: [error], ms: 0 });
};
