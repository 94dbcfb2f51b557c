/** The real replica worker on a device whose memory holds three items, and no more. For tests. */
/// <reference lib="deno.worker" />
import "../../../workers/replica.ts";
import type { FromReplica, ToReplica } from "../../../workers/messages.ts";

const MOST = 3;
const serve = self.onmessage!;

self.onmessage = (event: MessageEvent<ToReplica>) => {
  const message = event.data;
  if (message.type !== "run" || message.slots.length <= MOST) {
    return serve.call(self as never, event);
  }
  const failed: FromReplica = {
    type: "failed",
    batch: message.batch,
    // In the words of ONNX Runtime's CUDA allocator.
    error: {
      name: "ClipError",
      kind: "backend",
      message: "ONNX Runtime failed: bfc_arena.cc:376 Failed to allocate memory for requested " +
        "buffer of size 805306368",
    },
  };
  self.postMessage(failed);
};
