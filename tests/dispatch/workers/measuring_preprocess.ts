/** A preprocessing worker that prepares nothing and fails each image with the memory it came in. */
/// <reference lib="deno.worker" />
import type { FromPreprocess, ToPreprocess } from "../../../workers/messages.ts";

const reply = self.postMessage.bind(self) as (message: FromPreprocess) => void;

self.onmessage = ({ data: message }: MessageEvent<ToPreprocess>) => {
  if (message.type === "open") return reply({ type: "ready" });
  if (message.type !== "image") throw new Error("only images");
  const { task, image } = message;
  const { buffer } = image instanceof Uint8Array ? image : image.data;
  const error = { name: "ValueError", kind: "document" as const, message: `${buffer.byteLength}` };
  reply({ type: "prepared", task, lengths: [0], errors: [error], ms: 0 });
};
