/** The floors of the house, and the imports that go against them. */
import { posix } from "node:path";
import type { Import } from "./imports.ts";

/** From the top; the rooms of one floor side by side. */
export type Floors = readonly (readonly string[])[];

/** The only files that may import a package: those whose path begins with `owner`. */
export interface Ownership {
  package: RegExp;
  owner: string;
}

const CODE = /\.[jt]s$/;
const BLOCK = /^```text floors\n(.+?)^```$/ms;
/** Threads start with the modules of this room: who starts one may name its address from below. */
const WORKERS = "workers";

/**
 * The floors that a document states: a block that begins with `text floors`, one floor a line, from the
 * top, its rooms separated by ` | `. A room is a file, a folder with all that is in it, or
 * `FOLDER/*.ts`: the files that lie directly in the folder.
 * @throws {SyntaxError} if there is no such block.
 */
export function readFloors(document: string): Floors {
  const block = BLOCK.exec(document)?.[1];
  if (block === undefined) {
    throw new SyntaxError("There is no block of code that begins with 'text floors'");
  }
  return block.trim().split("\n").map((line) => line.trim().split(" | "));
}

/** Imports that go up or sideways or out of the house: file, line, what is imported, the rule. */
export function againstFloors(imports: readonly Import[], floors: Floors): string[] {
  return imports.filter(({ isFile }) => isFile).flatMap((each) => {
    const [here, there] = [placeOf(each.from, floors), placeOf(each.target, floors)];
    // What is no code may lie elsewhere: deno.json, the flows that come with the project.
    if (there === undefined && !CODE.test(each.target)) return [];
    if (here === undefined || there === undefined) {
      const stranger = here === undefined ? each.from : each.target;
      return [against(each, `${stranger} lies on no floor`)];
    }
    if (here.room === there.room || here.floor < there.floor) return [];
    if (each.kind === "address" && there.room === WORKERS) return [];
    return [against(
      each,
      here.floor === there.floor
        ? `${here.room} and ${there.room} lie side by side and do not import each other`
        : `${here.room} lies below ${there.room}, and imports go down only`,
    )];
  });
}

/** Imports of a package by files that are not its owner's. */
export function againstOwners(imports: readonly Import[], owners: readonly Ownership[]): string[] {
  return imports.filter(({ isFile }) => !isFile).flatMap((each) =>
    owners.filter(({ package: name, owner }) =>
      name.test(each.target) && !each.from.startsWith(owner)
    ).map(({ owner }) => against(each, `only ${owner} does`))
  );
}

/**
 * Imports into the folders that a table puts together, by anybody but the table: they are neighbours
 * that know nothing of each other.
 */
export function againstNeighbours(imports: readonly Import[], table: string): string[] {
  const folders = new Set(
    imports.filter(({ from, target }) =>
      from === table && posix.dirname(posix.dirname(target)) === posix.dirname(table)
    ).map(({ target }) => `${posix.dirname(target)}/`),
  );
  return imports.filter(({ isFile, from }) => isFile && from !== table).flatMap((each) => {
    const folder = [...folders].find((folder) => each.target.startsWith(folder));
    if (folder === undefined || each.from.startsWith(folder)) return [];
    return [against(each, `only ${table} and ${folder} do`)];
  });
}

function against({ from, line, target }: Import, rule: string): string {
  return `${from}:${line}: imports ${target}: ${rule}`;
}

function placeOf(file: string, floors: Floors): { floor: number; room: string } | undefined {
  for (const [floor, rooms] of floors.entries()) {
    const room = rooms.find((room) =>
      room.endsWith("/*.ts")
        ? posix.dirname(file) === posix.dirname(room) && file.endsWith(".ts")
        : file === room || file.startsWith(`${room}/`)
    );
    if (room !== undefined) return { floor, room };
  }
  return undefined;
}
