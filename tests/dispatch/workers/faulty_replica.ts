/**
 * The real replica worker with a fault switch: which texts make it fail is in the first slots of
 * the ids, where the tokenizer put the words `crash` and `hang`. It exists in tests only.
 */
/// <reference lib="deno.worker" />
import "../../../workers/replica.ts";
import { Tokenizer } from "../../../src/model/tokenizer/tokenizer.ts";
import type { Stores, ToReplica } from "../../../workers/messages.ts";

const tokenizer = new Tokenizer({ contextLength: 77, vocabSize: 49_408 });
const CRASH = tokenizer.encode("crash")[0];
const HANG = tokenizer.encode("hang")[0];

const serve = self.onmessage!;
let stores: Stores | undefined;

self.onmessage = (event: MessageEvent<ToReplica>) => {
  const message = event.data;
  if (message.type === "attach") stores = message.stores;
  if (message.type === "run" && message.modality === "text") {
    const ids = new Int32Array(stores!.text);
    const first = message.slots.map((slot) => ids[slot * 77 + 1]);
    if (first.includes(CRASH)) throw new Error("the fault switch");
    if (first.includes(HANG)) {
      // As an execution provider that never comes back: the thread is not to be had any more.
      while (true);
    }
  }
  return serve.call(self as never, event);
};
