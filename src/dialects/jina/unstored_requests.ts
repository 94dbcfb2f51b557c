/** Requests that want to keep or find documents, where nothing keeps any. */
import type { Log } from "../../telemetry/log.ts";
import type { UnstoredHearer } from "./document/request_size.ts";

/** Tells, once, that such requests only embed. */
export class UnstoredRequests implements UnstoredHearer {
  readonly #log: Log;
  #told = false;

  constructor(log: Log) {
    this.#log = log;
  }

  met(operation: string, encoder: string): void {
    if (this.#told) return;
    this.#told = true;
    this.#log.warn(
      `A client calls '/${operation}', and no executor keeps documents of '${encoder}': they were ` +
        "embedded, and nothing is stored or found. To search in this server, add an executor with " +
        "'uses: AnnLiteIndexer' behind it in the flow (told once)",
    );
  }
}
