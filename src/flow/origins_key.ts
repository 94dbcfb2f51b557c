/** A key that names the web pages that may use the server, by their origins (RFC 6454). */
import { z } from "zod";
import { flag, type Key, listItems } from "./key.ts";
import type { FlowNode } from "./node.ts";
import { toPlain } from "./node.ts";

/** `https://example.com` or `http://localhost:8080`; a page from a file has the origin `null`. */
const ORIGIN = /^([a-z][a-z0-9+.-]*:\/\/[^/\s?#@]+|null)$/;

/** True for pages of any origin, false for none, or the origins. */
export function origins(options: { doc: string; default: boolean }) {
  const { read: readFlag } = flag(options);
  return {
    doc: options.doc,
    aliases: [],
    schema: z.union([z.boolean(), z.array(z.string().regex(ORIGIN)).min(1)])
      .default(options.default),
    read(node: FlowNode) {
      const value = readFlag(node);
      if (typeof value === "boolean") return value;
      return listItems(node).map((item) => item.kind === "scalar" ? item.text : toPlain(item));
    },
    expected: "true, false, or a list of origins like https://example.com",
    type: "boolean or list",
  } satisfies Key;
}
