/** Where the gateway's keys stand in the flow, for faults that only the start finds. */
import type { FlowNode } from "./node.ts";

/** Key -> `file.yml:LINE:COL: path`. Keys that are not written are not in it. */
export type Places = Readonly<Record<string, string>>;

/** A node's place. */
export function placeOf(file: string, { at, path }: FlowNode): string {
  return `${file}:${at.line}:${at.column}: ${path}`;
}

/** The places of the keys in these sections and in the sections in them; later ones win. */
export function placesOf(file: string, sections: readonly (FlowNode | undefined)[]): Places {
  const places: Record<string, string> = {};
  const visit = (node: FlowNode | undefined): void => {
    if (node?.kind !== "map") return;
    for (const [key, { node: value }] of node.entries) {
      places[key] = placeOf(file, value);
      visit(value);
    }
  };
  for (const section of sections) visit(section);
  return places;
}
