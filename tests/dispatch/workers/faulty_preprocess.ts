/** The real preprocessing worker, which dies of texts and of images that begin with `crash`. For tests only. */
/// <reference lib="deno.worker" />
import "../../../workers/preprocess.ts";
import type { FromPreprocess, PreprocessSpec, ToPreprocess } from "../../../workers/messages.ts";

const serve = self.onmessage!;

self.onmessage = (event: MessageEvent<PreprocessSpec>) => {
  serve.call(self as never, event);
  const { port } = event.data;
  const work = port.onmessage!;
  const reply = port.postMessage.bind(port);
  let inWork = 0;
  let crash = false;
  const crashInTurn = () => {
    if (crash && inWork === 0) throw new Error("the fault switch");
  };
  port.postMessage = (message: FromPreprocess) => {
    reply(message);
    if (message.type !== "prepared") return;
    inWork--;
    // Outside of the promise that answers: an exception there would be told as the image's fault.
    setTimeout(crashInTurn);
  };
  port.onmessage = (task: MessageEvent<ToPreprocess>) => {
    if (crash) return;
    crash = inputsOf(task.data).some((input) => input.startsWith("crash"));
    if (crash) return crashInTurn();
    inWork++;
    work.call(port, task);
  };
};

function inputsOf(task: ToPreprocess): string[] {
  if (task.type === "texts") return task.texts;
  if (task.type === "close" || !(task.image instanceof Uint8Array)) return [];
  return [new TextDecoder("latin1").decode(task.image.subarray(0, 5))];
}
