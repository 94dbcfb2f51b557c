/**
 * Bounds of attributes, where somebody sets them
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#attribute-limits).
 * Spans here have some twenty attributes of bounded length, so without a word there is nothing to do.
 */
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { EnvironmentReader } from "./environment_reader.ts";

/** The bounds; infinite where none is set. */
export interface AttributeLimits {
  /** Attributes of a span. */
  readonly count: number;
  /** Characters of a text. */
  readonly length: number;
}

/** Where nobody says anything: more attributes than any span here has. */
export const DEFAULT_LIMITS: AttributeLimits = { count: 128, length: Infinity };

/** What is for spans wins over what is for all. */
export function attributeLimitsOf(reader: EnvironmentReader): AttributeLimits {
  const said = (suffix: string) =>
    [`OTEL_SPAN_ATTRIBUTE_${suffix}`, `OTEL_ATTRIBUTE_${suffix}`]
      .map((name) => reader.whole(name, 0))
      .find((value) => value !== undefined);
  return {
    count: said("COUNT_LIMIT") ?? DEFAULT_LIMITS.count,
    length: said("VALUE_LENGTH_LIMIT") ?? DEFAULT_LIMITS.length,
  };
}

/** Attributes within the bounds, and how many there was no room for. */
export interface BoundedAttributes {
  attributes: Attributes;
  dropped: number;
}

/** The first of them, texts cut; the same object where nothing is to be done. */
export function bounded(
  attributes: Attributes,
  { count, length }: AttributeLimits,
): BoundedAttributes {
  if (count >= DEFAULT_LIMITS.count && length === Infinity) return { attributes, dropped: 0 };
  const names = Object.keys(attributes);
  const kept: Attributes = {};
  for (const name of names.slice(0, count)) kept[name] = cut(attributes[name], length);
  return { attributes: kept, dropped: Math.max(0, names.length - count) };
}

function cut(value: AttributeValue | undefined, length: number): AttributeValue | undefined {
  return typeof value === "string" ? value.slice(0, length) : value;
}
