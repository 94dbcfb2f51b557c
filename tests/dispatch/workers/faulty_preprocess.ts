/** The real preprocessing worker, which dies of texts that begin with `crash`. For tests only. */
/// <reference lib="deno.worker" />
import "../../../workers/preprocess.ts";
import type { PreprocessSpec, ToPreprocess } from "../../../workers/messages.ts";

const serve = self.onmessage!;

self.onmessage = (event: MessageEvent<PreprocessSpec>) => {
  serve.call(self as never, event);
  const { port } = event.data;
  const work = port.onmessage!;
  port.onmessage = (task: MessageEvent<ToPreprocess>) => {
    if (task.data.type === "texts" && task.data.texts.some((text) => text.startsWith("crash"))) {
      throw new Error("the fault switch");
    }
    work.call(port, task);
  };
};
