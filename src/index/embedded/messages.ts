/** The messages between the main thread and the index's own. Types only. */
import type { ErrorData } from "../../errors.ts";
import type { IndexShape, IndexStatus, ListRequest, SearchRequest, Wanted } from "../engine.ts";
import type { GraphSettings } from "./graph.ts";
import type { PackedDocuments, PackedEntries, PackedHits } from "./packing.ts";

/** What the thread opens. */
export interface IndexSpec {
  /** Absolute. */
  folder: string;
  shape: IndexShape;
  graph: GraphSettings;
}

/** What is asked, and what it is answered with. */
export interface IndexCalls {
  put: { ask: { entries: PackedEntries }; answer: void };
  update: { ask: { entries: PackedEntries }; answer: string[] };
  delete: { ask: { ids: string[] }; answer: string[] };
  search: { ask: { request: SearchRequest }; answer: PackedHits };
  list: { ask: { request: ListRequest }; answer: PackedDocuments };
  /** The documents that are there, and which of the ids they have. */
  get: {
    ask: { ids: string[]; wanted: Wanted };
    answer: { documents: PackedDocuments; places: number[] };
  };
  status: { ask: Record<never, never>; answer: IndexStatus };
  clear: { ask: Record<never, never>; answer: void };
  backup: { ask: { name: string }; answer: void };
  restore: { ask: { name: string }; answer: void };
}

/** One of them. */
export type IndexCall = {
  [Op in keyof IndexCalls]: { op: Op } & IndexCalls[Op]["ask"];
}[keyof IndexCalls];

/** Anything that a call is answered with. */
export type IndexAnswer = IndexCalls[keyof IndexCalls]["answer"];

/** main → index. */
export type ToIndex =
  | { type: "open"; spec: IndexSpec }
  | { type: "call"; id: number; call: IndexCall }
  /** Whoever asked has left: what has not begun is not done. */
  | { type: "cancel"; id: number }
  | { type: "close" };

/** index → main. */
export type FromIndex =
  | { type: "opened"; status: IndexStatus; built: boolean }
  | { type: "refused"; error: ErrorData; key?: string }
  | { type: "answer"; id: number; answer: IndexAnswer }
  | { type: "failed"; id: number; error: ErrorData }
  /** Something that somebody should look at. */
  | { type: "warning"; text: string }
  | { type: "closed" };
