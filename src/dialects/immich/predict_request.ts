/** What a request to `/predict` wants, from the fields of its form. */
import { z } from "zod";
import type { FormPart } from "../../encoding/multipart.ts";
import { ClipError } from "../../errors.ts";
import { FieldError, typed } from "../reading/typed_body.ts";

/** Longest `entries`; Immich's own have some hundred bytes. */
const MAX_ENTRIES_BYTES = 1 << 16;

const MODEL = z.object({ modelName: z.string() });
const CLIP = z.object({ textual: MODEL.optional(), visual: MODEL.optional() });

/** The field `entries`, once it is parsed: tasks of models. */
export const ENTRIES = z.object({ clip: CLIP });

/** One thing to embed, and by which model. */
export type PredictRequest = { model: string } & ({ text: string } | { bytes: Uint8Array });

/**
 * Reads the form. `options` of a task mean nothing to CLIP: `language` is for models that have a
 * tokenizer for each.
 * @throws {FieldError} a field that is missing or wrong.
 * @throws {ClipError} "document": neither a text nor an image.
 */
export function readPredict(parts: readonly FormPart[]): PredictRequest {
  const field = (name: string) => parts.findLast((part) => part.name === name)?.bytes;
  const entries = field("entries");
  if (entries === undefined) throw new FieldError(["entries"], "it is missing");
  const { textual, visual } = readClip(entries);
  if (textual && visual) {
    throw new FieldError(
      ["entries", "clip"],
      "it has 'textual' and 'visual', expected one of them",
    );
  }
  const image = field("image");
  const text = field("text");
  // As the original, where there are both.
  const given = image !== undefined ? "image" : text !== undefined ? "text" : undefined;
  if (given === undefined) {
    throw new ClipError("document", "Either image or text must be provided");
  }
  if (visual && image) return { model: visual.modelName, bytes: image };
  if (textual && text && !image) {
    return { model: textual.modelName, text: new TextDecoder().decode(text) };
  }
  throw new FieldError(
    ["entries", "clip"],
    textual || visual
      ? `'${textual ? "textual" : "visual"}' does not go with the field '${given}'`
      : "it has neither 'textual' nor 'visual'",
  );
}

function readClip(bytes: Uint8Array): z.output<typeof CLIP> {
  const tasks = typed(parse(bytes), z.looseObject({}), ["entries"]);
  const other = Object.keys(tasks).find((task) => task !== "clip");
  if (other !== undefined) {
    throw new FieldError(
      ["entries"],
      `this server does no '${
        other.slice(0, 50)
      }', only 'clip' (smart search). Keep Immich's own ` +
        "machine learning for faces and text in pictures, behind a router that sends 'clip' here",
    );
  }
  return typed(tasks, ENTRIES, ["entries"]).clip;
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_ENTRIES_BYTES) {
    throw new FieldError(["entries"], `it is longer than ${MAX_ENTRIES_BYTES} bytes`);
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new FieldError(["entries"], "it is not JSON");
  }
}
