/**
 * The real preprocessing worker, which dies of texts and of images that begin with `crash`, and takes
 * until the gate is open for images that begin with `slow`. For tests only.
 */
/// <reference lib="deno.worker" />
import "../../../workers/preprocess.ts";
import { waitForGate } from "../../support/gate_file.ts";
import type { FromPreprocess, ToPreprocess } from "../../../workers/messages.ts";

const serve = self.onmessage!;
const reply = self.postMessage.bind(self) as (message: FromPreprocess) => void;
let inWork = 0;
let crash = false;

function crashInTurn(): void {
  if (crash && inWork === 0) throw new Error("the fault switch");
}

self.postMessage = (message: FromPreprocess) => {
  reply(message);
  if (message.type !== "prepared") return;
  inWork--;
  // Outside of the promise that answers: an exception there would be told as the image's fault.
  setTimeout(crashInTurn);
};

self.onmessage = (event: MessageEvent<ToPreprocess>) => {
  if (crash) return;
  const inputs = inputsOf(event.data);
  if (inputs.includes("slow ")) waitForGate();
  crash = inputs.some((input) => input.startsWith("crash"));
  if (crash) return crashInTurn();
  if (event.data.type !== "open") inWork++;
  serve.call(self as never, event);
};

function inputsOf(task: ToPreprocess): string[] {
  if (task.type === "texts") return task.texts;
  if (task.type === "open" || !(task.image instanceof Uint8Array)) return [];
  return [new TextDecoder("latin1").decode(task.image.subarray(0, 5))];
}
