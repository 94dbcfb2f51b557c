/** What is wrong with one JSON document, not looking at those in it. */
import { isObject } from "../../../encoding/json_value.ts";
import { type ValidationDetail } from "../document/request_error.ts";
import { documentModel, namedScoreModel } from "./model.ts";
import { pathOf, type Place } from "./place.ts";
import { MAX_DETAILS, toDetails } from "./validation_detail.ts";

type RawObject = Record<string, unknown>;

/** Keys of a document, in the order in which its faults are told. */
const KEYS = Object.keys(documentModel.shape) as (keyof typeof documentModel.shape)[];

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isLevel(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffffffff;
}

/** Whether a value is a score. */
export function isScore(value: unknown): value is RawObject {
  if (!isObject(value)) return false;
  for (const key of ["op_name", "description", "ref_id"]) {
    const given = value[key];
    if (given !== undefined && given !== null && typeof given !== "string") return false;
  }
  const given = value["value"];
  return given === undefined || given === null || Number.isFinite(given);
}

function areScores(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const name in value) if (!isScore(value[name])) return false;
  return true;
}

function areNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every(Number.isFinite);
}

/** Whether a value is surely right; the model has the last word on the others. */
const RIGHT: Record<keyof typeof documentModel.shape, (value: unknown) => boolean> = {
  id: (value) => typeof value === "string" || Number.isFinite(value),
  parent_id: isString,
  granularity: isLevel,
  adjacency: isLevel,
  blob: isString,
  tensor: Array.isArray,
  mime_type: isString,
  text: isString,
  weight: Number.isFinite,
  uri: isString,
  tags: isObject,
  offset: Number.isFinite,
  location: areNumbers,
  embedding: Array.isArray,
  modality: isString,
  evaluations: areScores,
  scores: areScores,
  chunks: Array.isArray,
  matches: Array.isArray,
};

/**
 * The faults of a document's own fields, the first of them; `chunks` and `matches` need only be
 * lists. A good document is not handed to the validator, which takes ten times as long.
 */
export function documentFaults(raw: unknown, place: Place): ValidationDetail[] {
  if (!isObject(raw)) {
    return toDetails(documentModel.safeParse(raw).error!.issues, raw, pathOf(place));
  }
  for (const key in raw) {
    const value = raw[key];
    if (value === null || !Object.hasOwn(RIGHT, key)) continue;
    if (!RIGHT[key as keyof typeof RIGHT](value)) return toldFaults(raw, place);
  }
  return NONE;
}

const NONE: ValidationDetail[] = [];

function toldFaults(raw: RawObject, place: Place): ValidationDetail[] {
  const details: ValidationDetail[] = [];
  const base = pathOf(place);
  for (const key of KEYS) {
    const value = Object.hasOwn(raw, key) ? raw[key] : undefined;
    if (value === undefined || value === null || RIGHT[key](value)) continue;
    const path = [...base, key];
    if (key === "location" && Array.isArray(value)) {
      const number = documentModel.shape.location.unwrap().unwrap().element;
      value.some((item, i) => add(number.safeParse(item), item, [...path, i], details));
    } else if ((key === "scores" || key === "evaluations") && isObject(value)) {
      for (const name in value) {
        if (isScore(value[name])) continue;
        const checked = namedScoreModel.safeParse(value[name]);
        if (add(checked, value[name], [...path, name], details)) break;
      }
    } else add(documentModel.shape[key].safeParse(value), value, path, details);
    if (details.length >= MAX_DETAILS) break;
  }
  return details;
}

/** @returns whether there are as many as are told. */
function add(
  checked: { success: boolean; error?: { issues: Parameters<typeof toDetails>[0] } },
  value: unknown,
  path: (string | number)[],
  details: ValidationDetail[],
): boolean {
  if (checked.error) details.push(...toDetails(checked.error.issues, value, path));
  return details.length >= MAX_DETAILS;
}
