/** The npm packages that the program takes along, without what only builds, types or others need. */
import { cp, mkdir, rm, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Target } from "./target.ts";

/** A package in one version, and what it depends on, as `deno info --json` has them. */
export interface KnownPackage {
  name: string;
  version: string;
  dependencies: readonly string[];
}

/** Name and version -> package, of all in the lock file. */
export type KnownPackages = ReadonlyMap<string, KnownPackage>;

/** Native parts of other machines, and what C++ and TypeScript are built with. */
function isLeftOut(name: string, file: string, { os, cpu }: Target): boolean {
  if (/\.(?:map|d\.[cm]?ts)$/.test(file) || /^tests?(?:\/|$)/.test(file)) return true;
  if (name === "onnxruntime-node") {
    const native = /^bin\/napi-v\d+\/([^/]+)(?:\/([^/]+))?/.exec(file);
    return native !== null && (native[1] !== os || (native[2] !== undefined && native[2] !== cpu));
  }
  if (name === "usearch") {
    if (/^(?:numkong|include|c|simsimd|fp16|stringzilla)(?:\/|$)/.test(file)) return true;
    const prebuild = /^prebuilds\/([^/]+)/.exec(file)?.[1];
    return prebuild !== undefined && !(prebuild.startsWith(os) && prebuild.includes(cpu));
  }
  return false;
}

/** Native parts of sharp: each is a package of its own. */
const NATIVE = /^@img\/sharp-(?:libvips-)?(\w+)-(\w+)$/;

function isOfOtherMachine(name: string, { os, cpu }: Target): boolean {
  const native = NATIVE.exec(name);
  return native !== null && (native[1] !== os || native[2] !== cpu);
}

/** These packages, and all that they depend on. */
export function withDependencies(
  roots: readonly string[],
  known: KnownPackages,
  target: Target,
): Map<string, KnownPackage> {
  const found = new Map<string, KnownPackage>();
  const left = [...roots];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    const each = known.get(id);
    if (each === undefined || found.has(id) || isOfOtherMachine(each.name, target)) continue;
    // Types of packages for others' editors.
    if (each.name.startsWith("@types/") || each.name === "@scarf/scarf") continue;
    found.set(id, each);
    left.push(...each.dependencies);
  }
  return found;
}

/**
 * Copies packages out of `from`, a `node_modules` as Deno lays it out, into `to` in the same layout.
 * @param fetchPackage unpacks a package that this machine does not have: other machines' native parts
 */
export async function copyPackages(
  packages: ReadonlyMap<string, KnownPackage>,
  { from, to, target, roots, fetchPackage }: {
    from: string;
    to: string;
    target: Target;
    roots: readonly string[];
    fetchPackage: (known: KnownPackage, folder: string) => Promise<void>;
  },
): Promise<void> {
  for (const known of packages.values()) {
    const store = `${known.name.replaceAll("/", "+")}@${known.version}`;
    const inside = join(".deno", store, "node_modules", known.name);
    const folder = join(to, inside);
    await mkdir(dirname(folder), { recursive: true });
    const here = join(from, inside);
    if (await exists(here)) {
      await cp(here, folder, {
        recursive: true,
        filter: (path) => !isLeftOut(known.name, path.slice(here.length + 1), target),
      });
      await rm(join(folder, "node_modules"), { recursive: true, force: true });
    } else await fetchPackage(known, folder);
    for (const id of known.dependencies) {
      const dependency = packages.get(id);
      if (dependency !== undefined) {
        await link(to, join(".deno", store, "node_modules", dependency.name), dependency);
      }
    }
  }
  for (const id of roots) {
    const known = packages.get(id);
    if (known !== undefined) await link(to, known.name, known);
  }
}

/** A relative link at `place` below `root` to where the package is. */
async function link(root: string, place: string, { name, version }: KnownPackage): Promise<void> {
  const up = "../".repeat(place.split("/").length - 1);
  const inside = `.deno/${name.replaceAll("/", "+")}@${version}/node_modules/${name}`;
  await mkdir(dirname(join(root, place)), { recursive: true });
  await symlink(`${up}${inside}`, join(root, place));
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}
