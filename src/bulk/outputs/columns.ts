/** What columns the metadata of a job's rows has, and of what kind: tables need it said once. */
import { ClipError } from "../../errors.ts";
import type { MetadataValue } from "../row.ts";

/** What a column holds. `text` also holds what does not go together, as JSON. */
export type ColumnKind = "integer" | "number" | "boolean" | "text";

/** Columns of a table, by name, in the order in which they came. `null`: nothing but nulls so far. */
export type ColumnKinds = Record<string, ColumnKind | null>;

/** More is no table: a JSON object with names of its own in every row. */
const MOST_COLUMNS = 1_000;

/** Learns the columns of a job from its rows. */
export class Columns {
  readonly #kinds: Map<string, ColumnKind | null>;

  constructor(kinds: ColumnKinds = {}) {
    this.#kinds = new Map(Object.entries(kinds));
  }

  /** Looks at a row. @throws {ClipError} "invalid" if there are too many columns. */
  see(metadata: Readonly<Record<string, MetadataValue>>): void {
    for (const name in metadata) {
      const known = this.#kinds.get(name);
      const kind = joined(known ?? null, kindOf(metadata[name]!));
      if (kind === known) continue;
      this.#kinds.set(name, kind);
      if (this.#kinds.size > MOST_COLUMNS) {
        throw new ClipError(
          "invalid",
          `The rows have more than ${MOST_COLUMNS} columns: choose --format jsonl or npy`,
        );
      }
    }
  }

  /** All so far. */
  kinds(): ColumnKinds {
    return Object.fromEntries(this.#kinds);
  }
}

function kindOf(value: MetadataValue): ColumnKind | null {
  if (value === null) return null;
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "number";
  return typeof value === "boolean" ? "boolean" : "text";
}

function joined(one: ColumnKind | null, other: ColumnKind | null): ColumnKind | null {
  if (one === null || one === other) return other ?? one;
  if (other === null) return one;
  const numbers = one !== "text" && other !== "text" && one !== "boolean" && other !== "boolean";
  return numbers ? "number" : "text";
}

/** A value as a column of a kind holds it; `null` where there is none. */
export function columnValue(
  value: MetadataValue | undefined,
  kind: ColumnKind | null,
): MetadataValue | bigint {
  if (value === null || value === undefined) return null;
  if (kind === "integer") return BigInt(value as number);
  if (kind === "text" && typeof value !== "string") return JSON.stringify(value);
  return value;
}
