/** Keys of JSON bodies that mean nothing here. */
import type { FieldHearer } from "../document/request_size.ts";
import type { Faults } from "./faults.ts";
import { documentModel, requestModel } from "./model.ts";
import { BODY, pathOf, type Place, within } from "./place.ts";

const DOCUMENT_KEYS = Object.keys(documentModel.shape);

/** The last two are in what Jina's own clients send. */
const REQUEST_KEYS = new Set([...Object.keys(requestModel.shape), "header", "routes"]);

/** What is told of a name. */
const MAX_SHOWN = 100;

/** Whether a key of a document means something. */
export function isDocumentKey(key: string): boolean {
  return Object.hasOwn(documentModel.shape, key);
}

/** Tells of a document's key that means nothing, or adds it to the faults if it is refused. */
export function unknownDocumentKey(
  key: string,
  place: Place,
  faults: Faults,
  fields: FieldHearer,
): void {
  add(fields.met("document", key, DOCUMENT_KEYS), key, place, faults);
}

/** The same of a body's key, if it means nothing. */
export function unknownRequestKey(
  key: string,
  faults: Faults,
  fields: FieldHearer | undefined,
): void {
  if (!fields || REQUEST_KEYS.has(key)) return;
  add(fields.met("request", key, REQUEST_KEYS), key, BODY, faults);
}

function add(msg: string | undefined, key: string, place: Place, faults: Faults): void {
  if (msg === undefined) return;
  // pydantic's name for it.
  const type = "value_error.extra";
  const loc = pathOf(within(place, key.slice(0, MAX_SHOWN)));
  faults.add({ shape: [{ loc, msg, type }], values: [] });
}
