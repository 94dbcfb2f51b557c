/**
 * HTML entities as ftfy 6.3.1 (Apache-2.0) decodes them: only unambiguous ones, with a semicolon,
 * and names in capitals that HTML does not know ("&EACUTE;").
 *
 * ftfy is Copyright 2023 Robyn Speer, Apache-2.0: see `../NOTICE.md`.
 */

import { html5Entity, unescapeHtml } from "../html/unescape.ts";
import entities from "../html/html5_entities.json" with { type: "json" };

const ENTITY_RE = /&#?[0-9A-Za-z]{1,24};/g;

let upperNames: Map<string, string> | undefined;

/** Entities that ftfy accepts in capitals: lower-case names whose capitals mean nothing in HTML. */
function upperCaseEntities(): Map<string, string> {
  if (upperNames !== undefined) return upperNames;
  upperNames = new Map();
  for (const [name, value] of Object.entries(entities)) {
    if (!name.endsWith(";") || name !== name.toLowerCase()) continue;
    const entity = `&${name.toUpperCase()}`;
    if (unescapeHtml(entity) === entity) upperNames.set(entity, value.toUpperCase());
  }
  return upperNames;
}

function unescapeOne(entity: string): string {
  if (entity.startsWith("&#")) {
    const value = unescapeHtml(entity);
    // A semicolon left over means that only a part was decoded.
    return value.includes(";") ? entity : value;
  }
  return html5Entity(entity.slice(1)) ?? upperCaseEntities().get(entity) ?? entity;
}

/** Whether `text` holds what has the form of an entity. */
export function hasEntity(text: string): boolean {
  return text.includes("&") && text.search(ENTITY_RE) >= 0;
}

/** One pass of ftfy's `unescape_html` over `text`. */
export function unescapeEntities(text: string): string {
  return text.replace(ENTITY_RE, unescapeOne);
}

const LONGEST_ENTITY = "&#".length + 24 + ";".length;

/**
 * What repeating `unescapeEntities` until nothing changes gives, in one walk: linear also for
 * "&amp;amp;amp;…", where each pass would undo one layer.
 *
 * An entity starts with the only "&" in it and ends with the only ";", so two never overlap and the
 * order of decoding does not matter.
 */
export function unescapeEntitiesFully(text: string): string {
  const out: string[] = [];
  const pending: string[] = [...text].reverse();
  for (let c = pending.pop(); c !== undefined; c = pending.pop()) {
    out.push(c);
    if (c !== ";") continue;
    let start = out.length - 2;
    const limit = Math.max(0, out.length - LONGEST_ENTITY);
    while (start >= limit && out[start] !== "&" && out[start] !== ";") start--;
    if (start < limit || out[start] !== "&") continue;
    const entity = out.slice(start).join("");
    const value = entity.replace(ENTITY_RE, unescapeOne);
    if (value === entity) continue;
    out.length = start;
    pending.push(...[...value].reverse());
  }
  return out.join("");
}
