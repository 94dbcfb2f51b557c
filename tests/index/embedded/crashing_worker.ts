/** The worker of an embedded index, which dies of a search for so many hits. */
/// <reference lib="deno.worker" />
import "../../../workers/index.ts";

/** The limit of a search that ends the worker. */
const DEADLY_LIMIT = 1313;

const handle = self.onmessage as (event: MessageEvent) => void;
self.onmessage = (event: MessageEvent) => {
  if (event.data.call?.request?.limit === DEADLY_LIMIT) throw new Error("It died in a test");
  handle(event);
};
