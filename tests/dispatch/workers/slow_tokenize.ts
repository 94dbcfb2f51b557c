/**
 * The real tokenizing worker, which takes until its gate is open for texts that begin with `slow`. For
 * tests only.
 */
/// <reference lib="deno.worker" />
import "../../../workers/tokenize.ts";
import type { ToTokenizer } from "../../../workers/tokenize_messages.ts";
import { waitForGate } from "../../support/gate_file.ts";

const serve = self.onmessage!;

self.onmessage = (event: MessageEvent<ToTokenizer>) => {
  const message = event.data;
  if (message.type !== "open" && message.text.startsWith("slow ")) waitForGate();
  return serve.call(self as never, event);
};
