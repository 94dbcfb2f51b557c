/** `POST …/embeddings`, which OpenAI's clients and infinity's have in common. */
import { inSlices } from "../../encoding/slices.ts";
import type { DataRoute } from "../../exchange/http.ts";
import type { DialectContext } from "../context.ts";
import { embedder } from "../embed.ts";
import { typedBody } from "../reading/typed_body.ts";
import { embeddingsAnswer } from "./answer.ts";
import { EMBEDDINGS_BODY } from "./body.ts";
import { readItems } from "./input.ts";
import { findModel } from "./model_name.ts";
import { vectorOptions } from "./vector_options.ts";

/** A path where embeddings are made. */
export interface EmbeddingsPath {
  path: string;
  /** What strings are there, whatever the body says. */
  modality?: "image";
}

/** The routes of paths. Each throws what its dialect's `refuse` tells. */
export function embeddingsRoutes(
  context: DialectContext,
  paths: readonly EmbeddingsPath[],
): DataRoute[] {
  const { service: { executors }, flow: bounds } = context;
  const embed = embedder(context);
  return paths.map(({ path, modality }): DataRoute => ({
    kind: "data",
    method: "POST",
    path,
    accepts: ["application/json"],
    async serve(call) {
      const { body: { length: bytes }, signal, grow } = call;
      const body = await typedBody(call, bounds, EMBEDDINGS_BODY);
      const { executor, name } = findModel(executors, body.model);
      const { form, encoding } = vectorOptions(body, executor);
      const reading = { modality: modality ?? body.modality ?? undefined, bounds, grow };
      const { items, place } = await inSlices((slices) => readItems(body, reading, slices), signal);
      const embedded = await embed({ items, executor, form, endpoint: path, bytes, place }, call);
      return await embeddingsAnswer({ ...embedded, model: name, encoding }, signal);
    },
  }));
}
