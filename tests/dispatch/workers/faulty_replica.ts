/**
 * The real replica worker with a fault switch: the first word of a text, as the tokenizer put it
 * into its slot, says what goes wrong. It exists in tests only.
 *
 * - `crash`, `explode`: the worker dies of an exception.
 * - `poison`: the first replica's worker does.
 * - `hang`: the thread is not to be had any more.
 * - `fail`: the run fails, as an operator of ONNX Runtime does.
 * - `broken`: the run fails on the first replica only.
 * - `slow`: the run lasts until the gate is open that the worker's address names.
 */
/// <reference lib="deno.worker" />
import "../../../workers/replica.ts";
import { Tokenizer } from "../../../src/model/tokenizer/tokenizer.ts";
import { take } from "../../../workers/claim.ts";
import { waitForGate } from "../../support/gate_file.ts";
import type { FromReplica, Stores, ToReplica } from "../../../workers/messages.ts";

const tokenizer = new Tokenizer({ contextLength: 77, vocabSize: 49_408 });
const [CRASH, EXPLODE, POISON, HANG, FAIL, BROKEN, SLOW] = [
  "crash",
  "explode",
  "poison",
  "hang",
  "fail",
  "broken",
  "slow",
]
  .map((word) => tokenizer.encode(word)[0]);

const serve = self.onmessage!;
let stores: Stores | undefined;

self.onmessage = (event: MessageEvent<ToReplica>) => {
  const message = event.data;
  if (message.type === "attach") stores = message.stores;
  if (message.type === "run" && message.modality === "text") {
    // As the real worker does: what was taken back is not begun.
    if (message.claim && !take(message.claim)) return;
    delete message.claim;
    const ids = new Int32Array(stores!.text);
    const first = message.slots.map((slot) => ids[slot * 77 + 1]);
    const isFirst = self.name === "replica-0";
    if (first.includes(CRASH) || first.includes(EXPLODE) || (isFirst && first.includes(POISON))) {
      throw new Error("the fault switch");
    }
    if (first.includes(HANG)) { while (true); }
    if (first.includes(FAIL) || (isFirst && first.includes(BROKEN))) {
      const error = { kind: "backend" as const, message: "the fault switch", name: "Error" };
      self.postMessage({ type: "failed", batch: message.batch, error } satisfies FromReplica);
      return;
    }
    if (first.includes(SLOW)) waitForGate();
  }
  return serve.call(self as never, event);
};
