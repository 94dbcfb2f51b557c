/** `/v2/models/{name}[/versions/{version}][/{what}]`. */

/** What a path names. */
export interface ModelPath {
  name: string;
  /** Empty if it names none. */
  version: string;
  /** What is wanted of the model: `infer`, `ready`, …; empty for what is known of it. */
  what: string;
}

const PATH =
  /^\/v2\/models\/(.+?)(?:\/versions\/([^/]+))?(?:\/(infer|ready|config|stats|generate|generate_stream|trace\/setting))?$/;

/**
 * Takes a path apart; undefined if it is none of these. A name may hold slashes, encoded or not:
 * `/v2/models/ViT-B%2F32/infer` is `/v2/models/ViT-B/32/infer`.
 */
export function parseModelPath(path: string): ModelPath | undefined {
  const match = PATH.exec(path);
  if (!match) return undefined;
  const [, name = "", version = "", what = ""] = match;
  try {
    return { name: decodeURIComponent(name), version: decodeURIComponent(version), what };
  } catch {
    return undefined;
  }
}
